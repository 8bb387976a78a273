import type { PeerNumber } from '../domain/ids.js';
import type { NamesReader } from './names-file.js';
import type { RowRange } from './row-range.js';
import type { SegmentReader } from './segment-reader.js';
import type { IdentityRow, NameRow } from './stored-cells.js';

/**
 * Names of the joins of one segment: from the segment itself while it is live, and from the file of names. The segment is read
 * first: a name on its way stands in both before it leaves the segment, so it is never missed. The first names that ever leave one make
 * the other file, which is therefore asked for each time.
 */
export class SegmentNames implements Pick<NamesReader, 'identities' | 'names'> {
  constructor(
    private readonly segment: SegmentReader,
    private readonly apart: () => NamesReader | null,
  ) {}

  /** @param own what the segment held of them, where that was read before. */
  identities(range: RowRange, own = this.segment.identities(range)): IdentityRow[] {
    const apart = this.apart();
    return apart === null ? own : merged(own, apart.identities(range), range.limit);
  }

  names(range: RowRange): NameRow[] {
    const own = this.segment.names(range);
    const apart = this.apart();
    return apart === null ? own : merged(own, apart.names(range), range.limit);
  }
}

/** Both in order of number, each number once. The smallest `limit` of either hold the smallest `limit` of both. */
function merged<Name extends { readonly peer: PeerNumber }>(
  one: readonly Name[],
  other: readonly Name[],
  limit: number,
): Name[] {
  if (one.length === 0) return [...other];
  if (other.length === 0) return [...one];
  const byNumber = new Map([...other, ...one].map((name) => [name.peer, name]));
  return [...byNumber.values()].sort((left, right) => left.peer - right.peer).slice(0, limit);
}
