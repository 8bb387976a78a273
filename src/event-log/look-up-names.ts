import type { PeerIdentity } from '../domain/events.js';
import type { PeerNumber } from '../domain/ids.js';
import { SegmentNames } from './log-names.js';
import type { NamesFile } from './names-file.js';
import { pagesOf } from './row-range.js';
import type { SegmentReader } from './segment-reader.js';
import type { SegmentSet } from './segment-set.js';
import type { IdentityColumns } from './stored-cells.js';
import { beginningIn } from './track-parts.js';

/** @returns the numbers a peer_id has had in a track, ascending; none for a name that is unknown or erased. */
export function numbersOf(set: SegmentSet, trackId: number, peerId: string): PeerNumber[] {
  const found = set.named.flatMap((segment) => segment.peerNumbers(trackId, peerId));
  found.push(...(set.names?.peerNumbers(trackId, peerId) ?? []));
  return [...new Set(found)].sort((one, other) => one - other);
}

/** @returns the name of one peer; null when it is erased, or nobody joined with that number. */
export function identityOf(set: SegmentSet, trackId: number, peer: PeerNumber): PeerIdentity | null {
  const range = { trackId, after: peer - 1, until: peer, limit: 1 };
  for (const segment of set.segments.toReversed()) {
    // The live segment has the names of its own joins, as one before it has until they have moved out.
    const isOwn = beginningIn(segment, trackId) < peer;
    if (isOwn) return new SegmentNames(segment, () => set.names).identities(range)[0]?.identity ?? null;
  }
  return set.names?.identities(range)[0]?.identity ?? null;
}

/** @returns the names of these peers; those without one are missing. */
export function identitiesOf(
  set: SegmentSet,
  trackId: number,
  peers: Iterable<PeerNumber>,
): Map<PeerNumber, PeerIdentity> {
  const found = new Map<PeerNumber, PeerIdentity>();
  const { named } = set;
  for (const page of pagesOf(peers)) {
    for (const source of sourcesIn(set, named)) {
      for (const { peer, identity } of source.identitiesOf(trackId, page)) found.set(peer, identity);
    }
  }
  return found;
}

/** Whoever is wanted is searched for one by one where more than so many joined in the same time for each of them. */
const JOINS_PER_NAME_MAX = 2;

/**
 * The same page by page and not parsed yet, for a thread that hands them on. A name on its way may come twice, and with some of them come
 * names of others who joined in the same time.
 */
export function* identityColumnsOf(
  set: SegmentSet,
  trackId: number,
  peers: Iterable<PeerNumber>,
): Generator<IdentityColumns, void> {
  const { named } = set;
  for (const page of pagesOf(peers)) {
    for (const source of sourcesIn(set, named)) {
      const limit = JOINS_PER_NAME_MAX * page.length;
      const joined = source.identityColumnsIn({ trackId, after: (page[0] ?? 0) - 1, until: page.at(-1) ?? 0, limit });
      const columns = (joined?.[3] ?? 0) < limit ? joined : source.identityColumnsOf(trackId, page);
      if (columns !== undefined) yield columns;
    }
  }
}

/** A name on its way stands in both, so it is looked for in the segments first, and then for the file that it may just have moved to. */
function* sourcesIn(set: SegmentSet, named: readonly SegmentReader[]): Generator<SegmentReader | NamesFile, void> {
  yield* named;
  if (set.names !== null) yield set.names;
}
