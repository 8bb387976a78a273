import type { RecordedTopologyEvent } from '../domain/events.js';
import { ORIGIN, type PeerNumber, type Position } from '../domain/ids.js';
import type { RelayTree } from '../domain/relay-tree.js';
import type { EventLogReader } from '../event-log/event-log.js';
import { firstTree } from '../event-log/track-start.js';
import { type Branch, branchOf, type PeerRecords } from './branch.js';
import { departureWord } from './departure.js';
import { Lineage } from './lineage.js';
import { PulseCursor } from './pulse-cursor.js';
import type { LogVisitor } from './walk-log.js';

/** Whose life is walked through, and which part of it. */
export interface LifeRange {
  readonly track: string;
  /** All numbers of the peer, ascending. */
  readonly numbers: readonly PeerNumber[];
  /** Behind this position, at which the peer is not in the track, or what is there of the log begins. */
  readonly afterPosition: Position;
  readonly untilPosition: Position;
}

/**
 * Walks through the life of one peer by what indexes find: what names it, what happens to whoever is above it at the time, what becomes of the
 * track, and its own pulses. Costs in proportion to that, whatever else happens in the track meanwhile.
 */
export class LifeWalk {
  readonly lineage: Lineage;
  readonly #records: LoggedRecords;
  readonly #own: ReadonlySet<PeerNumber>;
  /** Numbers of the peer with a part of their time in the range. */
  readonly #lives: readonly PeerNumber[];
  readonly #ownEvents: readonly RecordedTopologyEvent[];
  readonly #sources = new Map<PeerNumber, Source>();
  #pulses: PulseCursor | null = null;
  #position: Position;

  /**
   * Stands at the beginning of the range, with the lineage as it was there: the peer may be in the track only where what is there of the log
   * begins.
   */
  constructor(
    private readonly reader: EventLogReader,
    private readonly range: LifeRange,
  ) {
    this.#records = new LoggedRecords(reader, range);
    this.lineage = new Lineage(this.#records);
    const { numbers, afterPosition } = range;
    this.#own = new Set(numbers);
    this.#lives = numbers.filter((number) => number > afterPosition || this.#records.isBegun(number));
    this.#ownEvents = inOrder(this.#lives.map((number) => this.#records.naming(number)));
    this.#position = Math.max(this.#records.begunAt, afterPosition);
    this.#begin();
  }

  /** Shows all of the range. The visitor must apply each event to the lineage. */
  visit(visitor: LogVisitor): void {
    this.#walk(this.range.untilPosition, visitor);
    this.#pulses?.visitBefore(Infinity, visitor.pulse.bind(visitor));
  }

  /** Nothing that the peer went through in lives that have ended matters: only the rules are followed up to the range. */
  #begin(): void {
    const { track, untilPosition, afterPosition } = this.range;
    const { begunAt, begunTree } = this.#records;
    if (begunTree !== null) this.lineage.open(begunTree.settings);
    const present = afterPosition > begunAt ? undefined : this.#lives.find((number) => this.#records.isBegun(number));
    if (present !== undefined) {
      this.lineage.enter(present, begunAt);
      this.#listenTo(present);
    }
    const ofTrack = this.reader.trackEvents({ track, afterPosition: begunAt, untilPosition });
    for (const event of ofTrack) if (event.position <= afterPosition) this.lineage.apply(event, false);
    this.#sources.set(OF_TRACK, new Source(ofTrack, this.#position));
    this.#sources.set(OF_PEER, new Source(this.#ownEvents, this.#position));
  }

  #walk(until: Position, visitor: LogVisitor): void {
    const visitPulse = visitor.pulse.bind(visitor);
    for (let event = this.#next(until); event !== null; event = this.#next(until)) {
      this.#pulses?.visitBefore(event.position, visitPulse);
      const isOwn = 'peer' in event && this.#own.has(event.peer);
      visitor.topology(event);
      this.#position = event.position;
      if (isOwn && event.type === 'PeerJoined') this.#listenTo(event.peer);
    }
  }

  #next(until: Position): RecordedTopologyEvent | null {
    let next: RecordedTopologyEvent | null = null;
    for (const peer of [OF_TRACK, OF_PEER, ...this.lineage.followed]) {
      if (this.#own.has(peer)) continue;
      const event = this.#sourceOf(peer).behind(this.#position);
      if (event !== null && event.position <= until && event.position < (next?.position ?? Infinity)) next = event;
    }
    return next;
  }

  #sourceOf(peer: PeerNumber): Source {
    const known = this.#sources.get(peer);
    if (known !== undefined) return known;
    const source = new Source(this.#records.naming(peer), this.#position);
    this.#sources.set(peer, source);
    return source;
  }

  /** The pulses of one number, from here on until it is gone. */
  #listenTo(peer: PeerNumber): void {
    const { track, afterPosition, untilPosition } = this.range;
    const gone = this.#ownEvents.find((event) => isEndOf(peer, event))?.position ?? Infinity;
    const range = {
      track,
      afterPosition: Math.max(afterPosition, this.#position),
      untilPosition: Math.min(untilPosition, gone),
    };
    this.#pulses =
      range.afterPosition < range.untilPosition ? new PulseCursor(this.reader.pulseRunsOf(range, peer), range) : null;
  }
}

/** Stand for no peer among the sources. */
const OF_TRACK = -1;
const OF_PEER = -2;

/** Events in order, and a place among them. */
class Source {
  #index = 0;

  constructor(
    private readonly events: readonly RecordedTopologyEvent[],
    position: Position,
  ) {
    this.behind(position);
  }

  /** The first behind a position; positions must not go back. */
  behind(position: Position): RecordedTopologyEvent | null {
    while ((this.events[this.#index]?.position ?? Infinity) <= position) this.#index += 1;
    return this.events[this.#index] ?? null;
  }
}

/** What a log says about single peers; each is looked up once. */
class LoggedRecords implements PeerRecords {
  /** The last position that was removed, 0 in a whole log, and the tree there; null when there is none. */
  readonly begunAt: Position;
  readonly begunTree: RelayTree | null;
  readonly #named = new Map<PeerNumber, readonly RecordedTopologyEvent[]>();
  #last: readonly RecordedTopologyEvent[] | null = null;
  #end: Position | null = null;

  constructor(
    private readonly reader: EventLogReader,
    private readonly range: LifeRange,
  ) {
    const tree = reader.opening(range.track) === null ? null : firstTree(reader, range.track);
    this.begunAt = tree?.position ?? 0;
    this.begunTree = tree;
  }

  /** Whether the peer was there already where the log begins. */
  isBegun(peer: PeerNumber): boolean {
    return (this.begunTree?.peer(peer) ?? null) !== null;
  }

  begun(peer: PeerNumber): Branch | null {
    const node = this.begunTree?.peer(peer) ?? null;
    return node === null ? null : branchOf(node);
  }

  /** The events of the last command of the range, of which some may lie behind it. Looked for when it first matters. */
  #lastCommand(): readonly RecordedTopologyEvent[] {
    this.#last ??= lastOfOneMoment(this.reader, this.range.track, this.begunAt, this.range.untilPosition);
    return this.#last;
  }

  naming(peer: PeerNumber): readonly RecordedTopologyEvent[] {
    const known = this.#named.get(peer);
    if (known !== undefined) return known;
    const naming = this.#untilGone(peer);
    const events = inOrder([naming, this.#displacing(naming, peer)]);
    this.#named.set(peer, events);
    return events;
  }

  /** What names a peer until it went, and was above nobody any more; of the peer whose life it is, what comes behind that matters too. */
  #untilGone(peer: PeerNumber): readonly RecordedTopologyEvent[] {
    const { track, numbers, untilPosition } = this.range;
    const range = { track, afterPosition: this.begunAt };
    if (numbers.includes(peer)) return this.reader.eventsNaming({ ...range, untilPosition }, peer);
    const naming = this.reader.eventsNaming({ ...range, untilPosition: this.#lastEnd() }, peer, true);
    const last = naming.findIndex((event) => isEndOf(peer, event));
    return last < 0 ? naming : naming.slice(0, last + 1);
  }

  /** Where the last life of the peer in question ends: whoever was above it does not matter any more. */
  #lastEnd(): Position {
    const { numbers, untilPosition } = this.range;
    const last = numbers.at(-1) ?? 0;
    this.#end ??= this.naming(last).find((event) => isEndOf(last, event))?.position ?? untilPosition;
    return this.#end;
  }

  /** Whoever takes the slot of a root names it in no column that is indexed. It takes the origin for its parent, while the root is one. */
  #displacing(naming: readonly RecordedTopologyEvent[], peer: PeerNumber): RecordedTopologyEvent[] {
    // The range may end before what then becomes of the root.
    const found = this.#lastCommand().filter((event) => 'displaced' in event && event.displaced === peer);
    let rootSince = this.begunAt;
    for (const event of naming) {
      if (!('peer' in event) || event.peer !== peer || !('formerParent' in event)) continue;
      if (event.formerParent === ORIGIN && departureWord(event) === null) {
        const range = { track: this.range.track, afterPosition: rootSince, untilPosition: event.position - 1 };
        const takers = this.reader.eventsNaming(range, ORIGIN);
        found.push(...takers.filter((taker) => 'displaced' in taker && taker.displaced === peer));
      }
      rootSince = event.position;
    }
    return found;
  }
}

/** Whether a peer goes with an event. */
function isEndOf(peer: PeerNumber, event: RecordedTopologyEvent): boolean {
  return 'peer' in event && event.peer === peer && departureWord(event) !== null;
}

/** Events at the end of a range that are looked at first for where its last command begins. */
const LAST_EVENTS = 16;

/**
 * The topology events with which a range ends, as long as they follow each other in one moment: all of its last command are among them, and maybe
 * some before. None when the range ends with a pulse.
 */
function lastOfOneMoment(
  reader: EventLogReader,
  track: string,
  begunAt: Position,
  untilPosition: Position,
): RecordedTopologyEvent[] {
  for (let count = LAST_EVENTS; ; count *= 2) {
    const afterPosition = Math.max(begunAt, untilPosition - count);
    const events = [...reader.topologyEvents({ track, afterPosition, untilPosition })];
    const recordedAt = events.at(-1)?.recordedAt;
    const before = events.findLastIndex(
      (event, index) =>
        event.recordedAt !== recordedAt || event.position !== untilPosition - (events.length - 1 - index),
    );
    if (before >= 0 || afterPosition === begunAt || events.length < count) return events.slice(before + 1);
  }
}

/** Several lists as one, in order of position, each event once. */
function inOrder(lists: readonly (readonly RecordedTopologyEvent[])[]): RecordedTopologyEvent[] {
  const byPosition = new Map(lists.flat().map((event) => [event.position, event]));
  return [...byPosition.values()].sort((one, other) => one.position - other.position);
}
