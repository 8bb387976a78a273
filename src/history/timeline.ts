import type { RecordedTopologyEvent } from '../domain/events.js';
import { evolve } from '../domain/evolve.js';
import type { PeerNumber, Position } from '../domain/ids.js';
import type { PeerNode } from '../domain/peer-node.js';
import type { RelayTree } from '../domain/relay-tree.js';
import type { EventLogReader, PulseRun } from '../event-log/event-log.js';
import { firstTree } from '../event-log/track-start.js';
import { PeerNames } from './peer-names.js';
import { type PeerPlace, placeOf, samePlace } from './peer-place.js';
import { PulseCollector, type PulseStretch } from './pulse-stretch.js';
import { namesPeer } from './select-events.js';
import { sentenceOf, type Touch } from './timeline-sentence.js';
import { namingTrack, type OnProgress, reporting } from './tree-at.js';
import { walkLog } from './walk-log.js';

/** Something that happened to the peer: an event that names it, or one above it that moved or cut it off. */
export interface TimelineEvent {
  readonly kind: 'event';
  readonly event: RecordedTopologyEvent;
  readonly touch: Touch;
  /** What it meant for the peer, as a clause without a subject. */
  readonly sentence: string;
}

export type TimelineEntry = TimelineEvent | PulseStretch;

/** Everything that happened to one peer, in order. */
export interface Timeline {
  /** In order of joining; a rejoin is a new number. */
  readonly numbers: readonly PeerNumber[];
  readonly entries: readonly TimelineEntry[];
  /** Where it stands at the end; null when it is not in the track. */
  readonly place: PeerPlace | null;
}

/**
 * The life of a peer in a track up to `untilPosition`, over all its rejoins. The whole tree is folded along, so a change that came
 * from above (its grandparent left) is in it too. Heartbeats and reports come as counts and silences.
 *
 * @param numbers all numbers of the peer, ascending.
 * @throws CorruptLogError, with the track named.
 */
export function readTimeline(
  reader: EventLogReader,
  track: string,
  numbers: readonly PeerNumber[],
  untilPosition: Position,
  onProgress: OnProgress = () => undefined,
): Timeline {
  const tree = firstTree(reader, track);
  const teller = new TimelineTeller(new PeerNames(reader, track), new Set(numbers), tree);
  // Of a peer that joined in a part that was removed, what is left is told.
  const before = Math.max((numbers[0] ?? untilPosition + 1) - 1, tree.position);
  namingTrack(track, () => {
    const earlier = reader.topologyEvents({ track, afterPosition: tree.position, untilPosition: before });
    for (const event of reporting(earlier, track, untilPosition, onProgress)) teller.before(event);
    walkLog(reader, { track, afterPosition: before, untilPosition }, teller, onProgress);
  });
  return { numbers, ...teller.finish() };
}

class TimelineTeller {
  readonly #tree: RelayTree;
  readonly #entries: TimelineEntry[] = [];
  readonly #pulses = new PulseCollector();
  /** The peer while it is in the track; it has one number at a time. */
  #present: PeerNode | null;
  #joins: number;

  constructor(
    private readonly names: PeerNames,
    private readonly own: ReadonlySet<PeerNumber>,
    /** What the track begins with; changed. */
    tree: RelayTree,
  ) {
    this.#tree = tree;
    this.#present = [...own].map((number) => tree.peer(number)).find((peer) => peer !== null) ?? null;
    this.#joins = [...own].filter((number) => number <= tree.position).length;
  }

  /** An event before the peer's first join. */
  before(event: RecordedTopologyEvent): void {
    evolve(this.#tree, event);
  }

  pulse(run: PulseRun, index: number): void {
    if (!this.own.has(run.peers[index] ?? 0)) return;
    this.#pulses.add(run, index, (this.#tree.settings?.heartbeatTimeoutMs ?? 0) / 2);
  }

  topology(event: RecordedTopologyEvent): void {
    const before = this.#present === null ? null : placeOf(this.#present);
    const levelsAbove = 'peer' in event ? levelsUp(this.#present, event.peer) : null;
    evolve(this.#tree, event);
    if ('peer' in event && this.own.has(event.peer)) this.#follow(event);
    const after = this.#present === null ? null : placeOf(this.#present);
    const touch = this.#touchOf(event, levelsAbove);
    if (touch === null && samePlace(before, after)) return;
    this.#tell(event, touch ?? { kind: 'above', levels: levelsAbove }, before, after);
  }

  finish(): Pick<Timeline, 'entries' | 'place'> {
    this.#flushPulses();
    return { entries: this.#entries, place: this.#present === null ? null : placeOf(this.#present) };
  }

  #follow(event: RecordedTopologyEvent & { peer: PeerNumber }): void {
    this.#present = this.#tree.peer(event.peer);
    if (event.type === 'PeerJoined') this.#joins += 1;
  }

  /** Null for an event that does not name the peer and is not above it; it may have changed its place all the same. */
  #touchOf(event: RecordedTopologyEvent, levelsAbove: number | null): Touch | null {
    if ('peer' in event && this.own.has(event.peer)) return { kind: 'self', joins: this.#joins };
    if ('displaced' in event && this.own.has(event.displaced)) return { kind: 'above', levels: null };
    if (namesPeer(event, this.own)) return { kind: 'child', taken: this.#takes(event) };
    if (event.type === 'ServiceRecovered' && this.#present !== null) return { kind: 'service' };
    const departs = event.type === 'PeerLeft' || event.type === 'PeerTimedOut' || event.type === 'PeerKicked';
    const moves = event.type === 'ParentAssigned' || event.type === 'PeerWaiting';
    return levelsAbove !== null && (departs || moves) ? { kind: 'above', levels: levelsAbove } : null;
  }

  #takes(event: RecordedTopologyEvent): boolean {
    if (event.type === 'PlanFollowed') return this.own.has(event.connectedTo);
    return 'parent' in event && this.own.has(event.parent);
  }

  #tell(event: RecordedTopologyEvent, touch: Touch, before: PeerPlace | null, after: PeerPlace | null): void {
    // Children come and go while the peer beats on: its pulses are not cut into pieces for them.
    if (touch.kind !== 'child') this.#flushPulses();
    const sentence = sentenceOf(event, touch, before, after, this.names);
    this.#entries.push({ kind: 'event', event, touch, sentence });
    if (touch.kind !== 'self') return;
    if (event.type === 'PeerJoined' || event.type === 'PeerResumed' || event.type === 'CapacityClaimed')
      this.#pulses.heard(event.recordedAt);
  }

  /** A stretch stands where its last pulse does: children may have come and gone since. */
  #flushPulses(): void {
    const stretch = this.#pulses.take();
    if (stretch === null) return;
    const before = this.#entries.findLastIndex(
      (entry) => (entry.kind === 'event' ? entry.event.position : entry.lastPosition) < stretch.lastPosition,
    );
    this.#entries.splice(before + 1, 0, stretch);
  }
}

/** How many levels above `peer` the other one stands: 1 for its parent; null when it is not above. */
function levelsUp(peer: PeerNode | null, other: PeerNumber): number | null {
  let levels = 0;
  for (let above = peer?.parent ?? null; above !== null; above = above.parent) {
    levels += 1;
    if (above.number === other) return levels;
  }
  return null;
}
