import type { Outcome, Rejection } from '../domain/commands.js';
import type { RecordedTopologyEvent } from '../domain/events.js';
import type { PeerNumber, Position } from '../domain/ids.js';
import { evolveLiveness } from '../domain/evolve-liveness.js';
import type { PeerNode } from '../domain/peer-node.js';
import type { TreeWatcher } from '../domain/tree-watcher.js';
import type { LogBatch, PulseRun, TopologyRun, TrackAppend } from '../event-log/event-log.js';
import type { LiveTrack } from './live-track.js';

/** A link that a batch cut: the former parent must close it, unless the child is under it again by the end of the batch. */
export interface CutLink {
  readonly child: PeerNode;
  readonly formerParent: PeerNode;
}

/** All that one batch did to one track, for those who have to tell the peers. */
export interface TrackChanges {
  readonly track: LiveTrack;
  readonly events: readonly RecordedTopologyEvent[];
  readonly pulseCount: number;
  /** Peers whose role, parent or depth may differ from before; some may have gone. */
  readonly touched: ReadonlySet<PeerNode>;
  readonly cut: readonly CutLink[];
}

/** A pulse on its way into the log. Frame counts are cumulative; -1 where the pulse does not say. */
export interface PendingPulse {
  readonly peer: PeerNumber;
  readonly forwardedFrames: number;
  readonly receivedFrames: number;
  /** Service time when it arrived. */
  readonly arrivedAt: number;
  /** Its place in the order of everything submitted. */
  readonly sequence: number;
  readonly onDurable: (outcome: Outcome) => void;
}

/** Collects what one batch does to one track, run by run in order of position. */
export class TrackBatch implements TreeWatcher, TrackChanges {
  readonly events: RecordedTopologyEvent[] = [];
  readonly touched = new Set<PeerNode>();
  readonly cut: CutLink[] = [];
  pulseCount = 0;
  readonly #previousPosition: Position;
  readonly #runs: (PulseRun | TopologyRun)[] = [];
  #topologyRun: RecordedTopologyEvent[] | null = null;

  constructor(readonly track: LiveTrack) {
    this.#previousPosition = track.tree.position;
    track.tree.watcher = this;
  }

  get isEmpty(): boolean {
    return this.#runs.length === 0;
  }

  /** The head of the track once this batch is kept. */
  get lastPosition(): Position {
    return this.#previousPosition + this.events.length + this.pulseCount;
  }

  changed(peer: PeerNode): void {
    this.touched.add(peer);
  }

  detached(child: PeerNode, formerParent: PeerNode): void {
    this.cut.push({ child, formerParent });
  }

  // An arrow, so that it can be handed to decide() as it is.
  readonly record = (event: RecordedTopologyEvent): void => {
    if (this.#topologyRun === null) {
      this.#topologyRun = [];
      this.#runs.push({ kind: 'topology', events: this.#topologyRun });
    }
    this.#topologyRun.push(event);
    this.events.push(event);
    evolveLiveness(this.track.liveness, event);
  };

  /** Adds the pulses of present peers as one run. @returns the outcome of each, in order. */
  recordPulses(pulses: readonly PendingPulse[]): Outcome[] {
    const { tree } = this.track;
    const kept = pulses.filter((pulse) => tree.peer(pulse.peer) !== null);
    if (kept.length > 0) this.#keepPulses(kept);
    let position = tree.position - kept.length;
    return pulses.map((pulse) => {
      if (tree.peer(pulse.peer) === null) return PEER_GONE;
      position += 1;
      return { ok: true, position, peer: pulse.peer };
    });
  }

  toAppend(): TrackAppend {
    return {
      track: this.track.name,
      previousPosition: this.#previousPosition,
      runs: this.#runs,
      open: this.track.tree.settings !== null,
    };
  }

  /** Once everybody has been told, the tree must not hold on to this batch. */
  release(): void {
    this.track.tree.watcher = null;
  }

  #keepPulses(pulses: readonly PendingPulse[]): void {
    const { tree, liveness } = this.track;
    const firstPosition = tree.position + 1;
    const recordedAt: number[] = [];
    for (const pulse of pulses) {
      // A pulse that lingered must not be recorded before an event that overtook it.
      tree.recordedAt = Math.max(tree.recordedAt, pulse.arrivedAt);
      recordedAt.push(tree.recordedAt);
      if (pulse.forwardedFrames < 0) {
        liveness.heard(pulse.peer, tree.recordedAt).lastHeartbeatAt = tree.recordedAt;
      } else {
        const receivedFrames = pulse.receivedFrames < 0 ? null : pulse.receivedFrames;
        liveness.reported(pulse.peer, tree.recordedAt, pulse.forwardedFrames, receivedFrames);
      }
    }
    tree.position += pulses.length;
    this.pulseCount += pulses.length;
    this.#topologyRun = null;
    this.#runs.push({
      kind: 'pulses',
      firstPosition,
      count: pulses.length,
      peers: pulses.map((pulse) => pulse.peer),
      recordedAt,
      forwardedFrames: pulses.map((pulse) => pulse.forwardedFrames),
      receivedFrames: pulses.map((pulse) => pulse.receivedFrames),
    });
  }
}

const PEER_GONE: Rejection = { ok: false, code: 'not_registered', reason: 'the peer is no longer in the track' };

/** What the event log is given for these tracks; those without events are left out. */
export function toLogBatch(batches: Iterable<TrackBatch>): LogBatch {
  return [...batches].filter((batch) => !batch.isEmpty).map((batch) => batch.toAppend());
}
