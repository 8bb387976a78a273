import { CorruptLogError } from '../domain/errors.js';
import type { RecordedTopologyEvent } from '../domain/events.js';
import { evolve } from '../domain/evolve.js';
import type { PeerNumber, Position } from '../domain/ids.js';
import { evolveLiveness } from '../domain/evolve-liveness.js';
import { Liveness } from '../domain/liveness.js';
import { RelayTree } from '../domain/relay-tree.js';
import type { EventLogReader, PulseRun, ReplayStart } from './event-log.js';
import { NO_FRAMES } from './pulse-codec.js';
import { emptyState, type TrackState } from './track-state.js';
import { type StretchVisitor, walkStretch } from './walk-stretch.js';

/** Hears how far a long replay has come. */
export type OnReplayed = (position: Position) => void;

/** A state, and what it took. */
export interface ReplayedState extends TrackState {
  /** Position of the snapshot it began at, 0 without one. */
  readonly startedAt: Position;
  /** Events that were folded on top of it. */
  readonly topologyEvents: number;
  readonly pulses: number;
}

/** Events between two reports of progress. */
const EVENTS_PER_REPORT = 16_384;

/** A tree that is no further away is gone on from without a look at the snapshots. */
const POSITIONS_WORTH_A_SNAPSHOT = 50_000;

const unheard: OnReplayed = () => undefined;

/**
 * Both folds of a track after the event at `position`: from the nearest usable snapshot and the events behind it, or from the first
 * event; the result is the same. 0 gives the empty state. `position` must not lie behind the head.
 *
 * @param start what to go on from, null for the first event; default is the nearest snapshot.
 * @throws CorruptLogError when the log holds something that cannot have happened.
 */
export function stateAt(
  reader: EventLogReader,
  track: string,
  position: Position,
  start = nearestStart(reader, track, position),
  onReplayed: OnReplayed = unheard,
): ReplayedState {
  const state = start === null ? emptyState() : { tree: start.tree(), liveness: start.liveness() };
  const startedAt = state.tree.position;
  const replay = new Replay(state.liveness, state.tree, onReplayed);
  walkStretch(reader, { track, after: startedAt, until: position }, replay);
  return { ...state, startedAt, topologyEvents: replay.topologyEvents, pulses: replay.pulseCount };
}

/**
 * The relay tree alone, for which no pulse is read. Otherwise as `stateAt`.
 *
 * @param from a tree of an earlier position to go on from, which is changed; a nearer snapshot is preferred to it.
 * @throws CorruptLogError
 */
export function treeStateAt(
  reader: EventLogReader,
  track: string,
  position: Position,
  onReplayed: OnReplayed = unheard,
  from: RelayTree | null = null,
): RelayTree {
  const tree = nearestTree(reader, track, position, from);
  const progress = new Progress(onReplayed);
  for (const event of reader.topologyEvents({ track, afterPosition: tree.position, untilPosition: position })) {
    evolve(tree, event);
    progress.advance(1, event.position);
  }
  return tree;
}

/**
 * Who of `tree` was heard when, up to `position`. The tree must be the one of that position: nothing before the join of its earliest
 * peer matters to anybody in it, so the pulses of departed audiences are not read.
 *
 * @throws CorruptLogError
 */
export function livenessStateAt(
  reader: EventLogReader,
  track: string,
  tree: RelayTree,
  position: Position,
  onReplayed: OnReplayed = unheard,
): Liveness {
  const [earliest] = tree.peers();
  if (earliest === undefined) return new Liveness();
  const start = nearestStart(reader, track, position);
  const goesOn = start !== null && start.position >= earliest.number - 1;
  const liveness = goesOn ? start.liveness() : new Liveness();
  const after = goesOn ? start.position : earliest.number - 1;
  walkStretch(reader, { track, after, until: position }, new Replay(liveness, null, onReplayed));
  return liveness;
}

/** Where a replay up to `position` may begin; null when that is the first event. */
export function nearestStart(reader: EventLogReader, track: string, position: Position): ReplayStart | null {
  return reader.replayStart?.(track, position) ?? null;
}

function nearestTree(reader: EventLogReader, track: string, position: Position, from: RelayTree | null): RelayTree {
  const usable = from !== null && from.position <= position ? from : null;
  // Reading a snapshot to find that it brings nothing costs more than a short way.
  if (usable !== null && position - usable.position <= POSITIONS_WORTH_A_SNAPSHOT) return usable;
  const start = nearestStart(reader, track, position);
  if (usable !== null && usable.position >= (start?.position ?? 0)) return usable;
  return start?.tree() ?? new RelayTree();
}

/** Folds what it is shown, into the liveness and, where there is one, the tree. */
class Replay implements StretchVisitor {
  topologyEvents = 0;
  pulseCount = 0;
  readonly #progress: Progress;

  constructor(
    private readonly liveness: Liveness,
    private readonly tree: RelayTree | null,
    onReplayed: OnReplayed,
  ) {
    this.#progress = new Progress(onReplayed);
  }

  event(event: RecordedTopologyEvent): void {
    evolveLiveness(this.liveness, event);
    if (this.tree !== null) evolve(this.tree, event);
    this.topologyEvents += 1;
    this.#progress.advance(1, event.position);
  }

  pulses(run: PulseRun, from: number, to: number): void {
    const { tree } = this;
    for (let index = from; index < to; index += 1) this.#pulse(run, index);
    const position = run.firstPosition + to - 1;
    if (tree !== null) {
      tree.position = position;
      tree.recordedAt = run.recordedAt[to - 1] ?? tree.recordedAt;
    }
    this.pulseCount += to - from;
    this.#progress.advance(to - from, position);
  }

  #pulse(run: PulseRun, index: number): void {
    const { liveness } = this;
    const peer = run.peers[index] ?? 0;
    const atMs = run.recordedAt[index] ?? 0;
    const forwarded = run.forwardedFrames[index] ?? NO_FRAMES;
    if (forwarded === NO_FRAMES) {
      if (!liveness.beat(peer, atMs)) this.#refuseStranger(run.firstPosition + index, peer);
    } else if (liveness.of(peer) === null) {
      this.#refuseStranger(run.firstPosition + index, peer);
    } else {
      const received = run.receivedFrames[index] ?? NO_FRAMES;
      liveness.reported(peer, atMs, forwarded, received === NO_FRAMES ? null : received);
    }
  }

  /**
   * Nobody could ever time out a peer that is not there. Without a tree the walk may have begun behind the join of somebody who is
   * gone by its end, and whom nobody will ask for.
   */
  #refuseStranger(position: Position, peer: PeerNumber): void {
    if (this.tree !== null)
      throw new CorruptLogError(position, `a pulse of peer ${String(peer)}, which is not in the track`);
  }
}

/** Reports every so often. */
class Progress {
  #unreported = 0;

  constructor(private readonly onReplayed: OnReplayed) {}

  advance(events: number, position: Position): void {
    this.#unreported += events;
    if (this.#unreported < EVENTS_PER_REPORT) return;
    this.#unreported = 0;
    this.onReplayed(position);
  }
}
