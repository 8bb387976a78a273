import type { PeerNumber, Position } from '../domain/ids.js';
import { PULSE_POSITIONS_PER_SPAN, PULSE_PEERS_CACHED_BYTES_MAX } from './event-log-limits.js';
import { PulsePeers } from './pulse-peers.js';
import { RecentlyUsed } from './recently-used.js';
import type { SegmentReader } from './segment-reader.js';
import type { StoredRange } from './stored-rows.js';

/** What a look at one span of a segment found. */
export interface FoundBlocks {
  /** Where blocks begin that may hold a pulse of the peer, ascending. */
  readonly firstPositions: readonly Position[];
  /** Blocks that surely hold none. */
  readonly passed: number;
}

interface Kept {
  readonly peers: PulsePeers;
  /** No block up to here is missing. */
  readonly until: Position;
  readonly bytes: number;
}

/**
 * Finds the pulse blocks of single peers. Whose pulses are where is kept, because questions about one evening come together: to read it takes
 * twenty times as long as to look through it. Blocks never change, so what is kept is never wrong; at its end a growing log is read again.
 */
export class PulsePeersCache {
  readonly #kept: RecentlyUsed<Kept>;

  constructor(bytesMax = PULSE_PEERS_CACHED_BYTES_MAX) {
    this.#kept = new RecentlyUsed(bytesMax);
  }

  /** What is kept at present. */
  get bytes(): number {
    return this.#kept.bytes;
  }

  /** Span by span. The first block may begin before the range, when it reaches into it. */
  *blocksOf(segment: SegmentReader, range: StoredRange, peer: PeerNumber): Generator<FoundBlocks, void> {
    const { trackId, until } = range;
    const from = segment.blockAt(trackId, range.after + 1) ?? range.after + 1;
    for (let begun = from; begun <= until;) {
      const span = Math.floor((begun - 1) / PULSE_POSITIONS_PER_SPAN);
      const end = Math.min(until, (span + 1) * PULSE_POSITIONS_PER_SPAN);
      const peers = this.#peersOf(segment, trackId, span, end);
      const firstPositions = peers.blocksOf(peer, begun, end);
      yield { firstPositions, passed: peers.blocksBetween(begun, end) - firstPositions.length };
      begun = end + 1;
    }
  }

  clear(): void {
    this.#kept.clear();
  }

  /** Of all blocks that begin in a span, up to `until`, which is not behind the head of the track. */
  #peersOf(segment: SegmentReader, trackId: number, span: number, until: Position): PulsePeers {
    const key = `${segment.file} ${String(trackId)} ${String(span)}`;
    const known = this.#kept.get(key);
    if (known !== undefined && known.until >= until) return known.peers;
    const read = readPeers(segment, trackId, span, until);
    this.#kept.set(key, read);
    return read.peers;
  }
}

/** The whole span is read, also what of it stands behind `until`: the next question is likely to be about that. */
function readPeers(segment: SegmentReader, trackId: number, span: number, until: Position): Kept {
  const after = span * PULSE_POSITIONS_PER_SPAN;
  const range = { trackId, after, until: after + PULSE_POSITIONS_PER_SPAN };
  const heads = segment.find((finder) => finder.pulseBlockHeads(range));
  const peers = new PulsePeers(heads);
  return { peers, until: Math.max(until, heads.firstPositions.at(-1) ?? 0), bytes: peers.bytes };
}
