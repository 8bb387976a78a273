import type { RecordedTopologyEvent } from '../domain/events.js';
import type { PeerNumber, Position } from '../domain/ids.js';
import type { PeerNode } from '../domain/peer-node.js';
import type { RelayTree } from '../domain/relay-tree.js';
import type { EventLogReader, PulseRun } from '../event-log/event-log.js';
import { FeedInterruptions, type Interruption } from './feed-interruptions.js';
import { HistoryFault } from './history-request.js';
import { PeerNames } from './peer-names.js';
import { type PeerPlace, placeOf, samePlace } from './peer-place.js';
import { type PeerSession, SessionBook } from './peer-sessions.js';
import { type PulseEntry, PulseCollector, pulseEntry, type PulseStretch, type PulseTotals } from './pulse-stretch.js';
import { namesPeer } from './select-events.js';
import { sentenceOf, type Touch } from './timeline-sentence.js';
import { namingTrack } from './tree-at.js';
import { LifeWalk } from './walk-life.js';
import type { LogVisitor } from './walk-log.js';

/** Pulses that a timeline lists one by one. */
export const PULSES_LISTED_MAX = 10_000;

/** Something that happened to the peer: an event that names it, or one above it that moved or cut it off. */
export interface TimelineEvent {
  readonly kind: 'event';
  readonly event: RecordedTopologyEvent;
  readonly touch: Touch;
  /** What it meant for the peer, as a clause without a subject. */
  readonly sentence: string;
  /** The time without a fed parent that ended here; null when none did, or it took no time. */
  readonly ended: Interruption | null;
}

export type TimelineEntry = TimelineEvent | PulseStretch | PulseEntry;

/** Everything that happened to one peer, in order. */
export interface Timeline {
  /** Of its joins up to the end of the range, in order; a rejoin is a new number. */
  readonly numbers: readonly PeerNumber[];
  readonly entries: readonly TimelineEntry[];
  /** Where it stands at the end; null when it is not in the track. */
  readonly place: PeerPlace | null;
  /** That reach into the range, whole. */
  readonly sessions: readonly PeerSession[];
  /** Times without a fed parent that reach into the range, whole; the last may go on. */
  readonly interruptions: readonly Interruption[];
  readonly pulses: PulseTotals;
}

/** Which part of a peer's life is told, and how. */
export interface TimelineRange {
  /** Behind this position; 0 for all. */
  readonly afterPosition: Position;
  readonly untilPosition: Position;
  /** List each pulse, at most `PULSES_LISTED_MAX`, instead of counts and silences. */
  readonly eachPulse?: boolean;
}

/**
 * The life of a peer in a track, over all its rejoins. Everybody above it is followed along, so a change that came
 * from above (its grandparent left) is in it too. Heartbeats and reports come as counts and silences.
 *
 * @param numbers all numbers of the peer, ascending.
 * @throws HistoryFault `query_too_costly`; CorruptLogError, with the track named.
 */
export function readTimeline(
  reader: EventLogReader,
  track: string,
  numbers: readonly PeerNumber[],
  { afterPosition, untilPosition, eachPulse = false }: TimelineRange,
): Timeline {
  // A later join may not change what is told of an earlier time.
  const known = numbers.filter((number) => number <= untilPosition);
  return namingTrack(track, () => {
    const toldAfter = Math.min(Math.max(afterPosition, firstOf(reader, track, known) ?? untilPosition), untilPosition);
    const start = startOfLife(reader, track, known, toldAfter);
    const walk = new LifeWalk(reader, { track, numbers: known, afterPosition: start, untilPosition });
    const teller = new TimelineTeller(new PeerNames(reader, track), known, walk.lineage, {
      start,
      toldAfter,
      eachPulse,
    });
    walk.visit(teller);
    return { numbers: known, ...teller.finish() };
  });
}

/** The position behind which a life begins; of a peer that joined in a part that was removed, what is left of it. */
function firstOf(reader: EventLogReader, track: string, [join]: readonly PeerNumber[]): Position | null {
  return join === undefined ? null : Math.max(join - 1, reader.opening(track)?.position ?? 0);
}

/**
 * A position, or, when the peer is in the track then, the one before its join: what it went through since decides how its session,
 * a time without a feed, a silence is told that has already begun.
 */
function startOfLife(
  reader: EventLogReader,
  track: string,
  numbers: readonly PeerNumber[],
  position: Position,
): Position {
  const last = numbers.findLast((number) => number <= position);
  const joined = last === undefined ? null : firstOf(reader, track, [last]);
  if (last === undefined || joined === null) return position;
  const gone = reader.departures({ track, afterPosition: joined, untilPosition: position }, [last]);
  return gone.length > 0 ? position : joined;
}

/** The tree that a timeline looks at, or as much of it as the peer can notice. */
export interface FollowedTree {
  readonly tree: Pick<RelayTree, 'peer' | 'settings'>;
  /** Changes the tree by an event. `isOwn`: it is about the peer itself. */
  apply(event: RecordedTopologyEvent, isOwn: boolean): void;
}

/** Where the telling begins. */
export interface ToldRange {
  /** Behind this position events and pulses are shown. */
  readonly start: Position;
  /** What stands here or before is taken in, and not told. */
  readonly toldAfter: Position;
  readonly eachPulse: boolean;
}

/** Tells a life from the events and pulses it is shown. Those that cannot matter to the peer may be left out. */
export class TimelineTeller implements LogVisitor {
  readonly #own: ReadonlySet<PeerNumber>;
  readonly #entries: TimelineEntry[] = [];
  readonly #pulses = new PulseCollector();
  readonly #sessions = new SessionBook();
  readonly #feed = new FeedInterruptions();
  #pulsesListed = 0;
  /** The peer while it is in the track; it has one number at a time. */
  #present: PeerNode | null;
  #joins: number;

  constructor(
    private readonly names: PeerNames,
    numbers: readonly PeerNumber[],
    private readonly followed: FollowedTree,
    private readonly told: ToldRange,
  ) {
    this.#own = new Set(numbers);
    const earlier = numbers.filter((number) => number <= told.start);
    this.#joins = earlier.length;
    this.#present = followed.tree.peer(earlier.at(-1) ?? 0);
  }

  pulse(run: PulseRun, index: number): void {
    if (!this.#own.has(run.peers[index] ?? 0)) return;
    if (run.firstPosition + index <= this.told.toldAfter) {
      this.#pulses.heard(run.recordedAt[index] ?? 0);
      return;
    }
    this.#pulses.add(run, index, (this.followed.tree.settings?.heartbeatTimeoutMs ?? 0) / 2);
    if (!this.told.eachPulse) return;
    this.#pulsesListed += 1;
    if (this.#pulsesListed > PULSES_LISTED_MAX)
      throw new HistoryFault(
        'query_too_costly',
        `the peer has more than ${String(PULSES_LISTED_MAX)} pulses in this range: ask for a shorter one`,
      );
    this.#entries.push(pulseEntry(run, index));
  }

  topology(event: RecordedTopologyEvent): void {
    const before = this.#present === null ? null : placeOf(this.#present);
    const levelsAbove = 'peer' in event ? levelsUp(this.#present, event.peer) : null;
    const isOwn = 'peer' in event && this.#own.has(event.peer);
    this.followed.apply(event, isOwn);
    if (isOwn) this.#follow(event);
    if (isOwn || event.type === 'ServiceRecovered') this.#sessions.take(event);
    this.#feed.hear(event, isOwn);
    const after = this.#present === null ? null : placeOf(this.#present);
    const isMoved = !samePlace(before, after);
    const ended = isMoved ? this.#feed.moved(event, levelsAbove, before, after) : null;
    const touch = this.#touchOf(event, levelsAbove);
    const isTold = (touch !== null || isMoved) && event.position > this.told.toldAfter;
    if (isTold) this.#tell(event, touch ?? { kind: 'above', levels: levelsAbove }, before, after, ended);
    if (this.#isHeard(event, isOwn)) this.#pulses.heard(event.recordedAt);
  }

  finish(): Omit<Timeline, 'numbers'> {
    this.#flushPulses();
    return {
      entries: this.#entries,
      place: this.#present === null ? null : placeOf(this.#present),
      sessions: this.#sessions.sessions.filter((one) => this.#reachesIn(one)),
      interruptions: this.#feed.finish().filter((one) => this.#reachesIn(one)),
      pulses: this.#pulses.totals,
    };
  }

  #reachesIn({ lastPosition }: { readonly lastPosition: Position | null }): boolean {
    return lastPosition === null || lastPosition > this.told.toldAfter;
  }

  /** Whether a silence ends with the event. Nobody is silent while the service is away. */
  #isHeard({ type }: RecordedTopologyEvent, isOwn: boolean): boolean {
    if (type === 'ServiceRecovered') return true;
    return isOwn && (type === 'PeerJoined' || type === 'PeerResumed' || type === 'CapacityClaimed');
  }

  #follow(event: RecordedTopologyEvent & { peer: PeerNumber }): void {
    this.#present = this.followed.tree.peer(event.peer);
    if (event.type === 'PeerJoined') this.#joins += 1;
  }

  /** Null for an event that does not name the peer and is not above it; it may have changed its place all the same. */
  #touchOf(event: RecordedTopologyEvent, levelsAbove: number | null): Touch | null {
    if ('peer' in event && this.#own.has(event.peer)) return { kind: 'self', joins: this.#joins };
    if ('displaced' in event && this.#own.has(event.displaced)) return { kind: 'above', levels: null };
    if (namesPeer(event, this.#own)) return { kind: 'child', taken: this.#takes(event) };
    if (event.type === 'ServiceRecovered' && this.#present !== null) return { kind: 'service' };
    const departs = event.type === 'PeerLeft' || event.type === 'PeerTimedOut' || event.type === 'PeerKicked';
    const moves = event.type === 'ParentAssigned' || event.type === 'PeerWaiting';
    return levelsAbove !== null && (departs || moves) ? { kind: 'above', levels: levelsAbove } : null;
  }

  #takes(event: RecordedTopologyEvent): boolean {
    if (event.type === 'PlanFollowed') return this.#own.has(event.connectedTo);
    return 'parent' in event && this.#own.has(event.parent);
  }

  #tell(
    event: RecordedTopologyEvent,
    touch: Touch,
    before: PeerPlace | null,
    after: PeerPlace | null,
    ended: Interruption | null,
  ): void {
    // Children come and go while the peer beats on: its pulses are not cut into pieces for them.
    if (touch.kind !== 'child') this.#flushPulses();
    const sentence = sentenceOf(event, touch, before, after, this.names);
    this.#entries.push({ kind: 'event', event, touch, sentence, ended });
  }

  /** A stretch stands where its last pulse does: children may have come and gone since. */
  #flushPulses(): void {
    const stretch = this.#pulses.take();
    if (stretch === null || this.told.eachPulse) return;
    const before = this.#entries.findLastIndex((entry) => positionOf(entry) < stretch.lastPosition);
    this.#entries.splice(before + 1, 0, stretch);
  }
}

function positionOf(entry: TimelineEntry): Position {
  switch (entry.kind) {
    case 'event':
      return entry.event.position;
    case 'pulses':
      return entry.lastPosition;
    case 'pulse':
      return entry.position;
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
