import type { RecordedTopologyEvent } from '../domain/events.js';
import type { PeerNumber } from '../domain/ids.js';
import { eventOf, pulseRunsIn, type EventSource } from './decoded-events.js';
import { BLOCKS_PER_PAGE } from './event-log-limits.js';
import type { DecisionsAbout, OnPassed, PulseRun } from './event-log.js';
import type { PulsePeersCache } from './pulse-peers-cache.js';
import type { NameCursor } from './name-cursor.js';
import type { RowRange } from './row-range.js';
import type { SegmentFinder } from './segment-finder.js';
import { topologyPages } from './stored-rows.js';
import type { TopologyRow } from './topology-row.js';
import type { TrackPart } from './track-parts.js';

/** For rows that introduce nobody. */
const NAMELESS: Pick<NameCursor, 'identityOf'> = { identityOf: () => null };

/**
 * Events that some index finds here and there, in order. @throws CorruptLogError for a row that cannot be decoded.
 *
 * @param names looked up one by one: a page of names for each join would cost more than all else.
 */
export function foundEvents(
  parts: Iterable<TrackPart>,
  source: EventSource,
  names: Pick<NameCursor, 'identityOf'>,
  read: (finder: SegmentFinder, page: RowRange) => TopologyRow[],
): RecordedTopologyEvent[] {
  const found: RecordedTopologyEvent[] = [];
  for (const { segment, ...stored } of parts) {
    for (const page of topologyPages((rows) => segment.find((finder) => read(finder, rows)), stored))
      for (const row of page) found.push(eventOf(row, row.nameDigest === null ? NAMELESS : names, source));
  }
  return found;
}

/** How many peers joined. */
export function joinCountOf(parts: Iterable<TrackPart>): number {
  let count = 0;
  for (const { segment, ...stored } of parts) count += segment.find(({ peers }) => peers.joinCount(stored));
  return count;
}

/** How some peers went, those that did. */
export function departuresOf(
  parts: Iterable<TrackPart>,
  source: EventSource,
  peers: readonly PeerNumber[],
): RecordedTopologyEvent[] {
  const found: RecordedTopologyEvent[] = [];
  for (const { segment, ...stored } of parts) {
    for (const row of segment.find((finder) => finder.peers.departureRows(stored, peers)))
      found.push(eventOf(row, NAMELESS, source));
  }
  return found;
}

/** What was decided about some peers, for those about whom something was. */
export function decisionsOf(
  parts: Iterable<TrackPart>,
  source: EventSource,
  peers: readonly PeerNumber[],
): DecisionsAbout[] {
  const found = new Map<PeerNumber, DecisionsAbout>();
  for (const { segment, ...stored } of parts) {
    for (const { count, row } of segment.find((finder) => finder.peers.decisionRows(stored, peers))) {
      const peer = row.peer ?? 0;
      const last = eventOf(row, NAMELESS, source);
      found.set(peer, { peer, count: (found.get(peer)?.count ?? 0) + count, last });
    }
  }
  return [...found.values()];
}

/**
 * The pulses of a peer. @throws CorruptLogError, with the track named.
 *
 * @param onPassed hears of blocks that were looked at and left where they are.
 */
export function* pulseRunsWith(
  parts: Iterable<TrackPart>,
  { track, peer, cache }: { readonly track: string; readonly peer: PeerNumber; readonly cache: PulsePeersCache },
  onPassed: OnPassed,
): Generator<PulseRun, void> {
  for (const { segment, ...stored } of parts) {
    for (const { firstPositions, passed } of cache.blocksOf(segment, stored, peer)) {
      onPassed(passed);
      for (let at = 0; at < firstPositions.length; at += BLOCKS_PER_PAGE) {
        const page = firstPositions.slice(at, at + BLOCKS_PER_PAGE);
        const blocks = segment.find((finder) => finder.pulseBlocksAt(stored.trackId, page));
        for (const block of blocks) yield* pulseRunsIn(block, peer, track);
      }
    }
  }
}
