import type { TopologyCommand } from '../../src/domain/commands.js';
import { decide } from '../../src/domain/decide.js';
import type {
  RecordedEvent,
  RecordedPulseEvent,
  RecordedTopologyEvent,
  RecoveryReason,
  TrackSettings,
} from '../../src/domain/events.js';
import type { PeerNumber } from '../../src/domain/ids.js';
import { RelayTree } from '../../src/domain/relay-tree.js';
import type { PulseRun, TrackAppend } from '../../src/event-log/event-log.js';

/** 31 January 2026, 20:14:00 UTC. */
export const STARTED_AT = Date.UTC(2026, 0, 31, 20, 14, 0);

const SETTINGS: TrackSettings = {
  policy: 'shallowest',
  policyVersion: 1,
  rootPeerCount: 1,
  maxChildren: 3,
  maxDepth: 6,
  heartbeatTimeoutMs: 10_000,
};

/** The log of one track, made by commands as the service would make it. */
export class RecordedTrack {
  readonly events: RecordedEvent[] = [];
  readonly tree = new RelayTree();
  readonly settings: TrackSettings;
  nowMs = STARTED_AT;

  constructor(
    readonly name: string,
    settings: Partial<TrackSettings> = {},
  ) {
    this.settings = { ...SETTINGS, ...settings };
  }

  later(ms: number): this {
    this.nowMs += ms;
    return this;
  }

  join(peerId: string, capacity: number | null = null, replace = false): this {
    const identity = { peerId, resumeHash: `hash-of-${peerId}` };
    return this.#run({ type: 'Join', identity, capacity, settings: this.settings, peersMax: 1_000_000, replace });
  }

  leave(peerId: string): this {
    return this.#run({ type: 'Leave', peer: this.number(peerId) });
  }

  expire(peerId: string, silentMs: number): this {
    return this.#run({ type: 'Expire', peer: this.number(peerId), silentMs });
  }

  disconnect(peerId: string): this {
    return this.#run({ type: 'Disconnect', peer: this.number(peerId) });
  }

  claim(peerId: string, capacity: number | null): this {
    return this.#run({ type: 'ClaimCapacity', peer: this.number(peerId), capacity });
  }

  kick(peerId: string): this {
    return this.#run({ type: 'Kick', peerId });
  }

  recover(reason: RecoveryReason, gapMs: number): this {
    return this.#run({ type: 'Recover', reason, gapMs });
  }

  /** Any other command. */
  command(command: TopologyCommand): this {
    return this.#run(command);
  }

  /** Any other command, which may be refused: then nothing happens. */
  attempt(command: TopologyCommand): this {
    decide(this.tree, command, this.nowMs, (event) => this.events.push(event));
    return this;
  }

  close(): this {
    return this.#run({ type: 'Close' });
  }

  beat(...peerIds: string[]): this {
    for (const peerId of peerIds) this.#pulse({ type: 'HeartbeatReceived', ...this.#stamp(peerId) });
    return this;
  }

  report(peerId: string, forwardedFrames: number, receivedFrames: number | null = null): this {
    return this.#pulse({ type: 'ForwardReported', ...this.#stamp(peerId), forwardedFrames, receivedFrames });
  }

  number(peerId: string): PeerNumber {
    const peer = this.tree.peerNamed(peerId);
    if (peer === null) throw new Error(`${peerId} is not in the track`);
    return peer.number;
  }

  /** Everything behind `afterPosition` as one append. */
  append(afterPosition = 0): TrackAppend {
    const added = this.events.slice(afterPosition);
    return {
      track: this.name,
      previousPosition: afterPosition,
      runs: runsOf(added),
      open: this.tree.settings !== null,
    };
  }

  #run(command: TopologyCommand): this {
    const outcome = decide(this.tree, command, this.nowMs, (event) => this.events.push(event));
    if (!outcome.ok) throw new Error(`${command.type}: ${outcome.reason}`);
    return this;
  }

  #stamp(peerId: string): { version: 1; position: number; recordedAt: number; peer: PeerNumber } {
    return { version: 1, position: this.events.length + 1, recordedAt: this.nowMs, peer: this.number(peerId) };
  }

  #pulse(event: RecordedPulseEvent): this {
    this.events.push(event);
    this.tree.position = event.position;
    this.tree.recordedAt = event.recordedAt;
    return this;
  }
}

/** Events as the runs a writer appends: neighbours of one kind together. */
export function runsOf(events: readonly RecordedEvent[]): TrackAppend['runs'] {
  const runs: TrackAppend['runs'][number][] = [];
  let pulses: RecordedPulseEvent[] = [];
  let topology: RecordedTopologyEvent[] = [];
  const endRun = (): void => {
    if (pulses.length > 0) runs.push(pulseRun(pulses));
    if (topology.length > 0) runs.push({ kind: 'topology', events: topology });
    pulses = [];
    topology = [];
  };
  for (const event of events) {
    if (event.type === 'HeartbeatReceived' || event.type === 'ForwardReported') {
      // A run has no gaps inside, so a log with a pulse taken out falls into two.
      const last = pulses.at(-1)?.position ?? event.position - 1;
      if (topology.length > 0 || event.position !== last + 1) endRun();
      pulses.push(event);
    } else {
      if (pulses.length > 0) endRun();
      topology.push(event);
    }
  }
  endRun();
  return runs;
}

function pulseRun(pulses: readonly RecordedPulseEvent[]): PulseRun {
  const framesOf = (pulse: RecordedPulseEvent): number =>
    pulse.type === 'ForwardReported' ? pulse.forwardedFrames : -1;
  return {
    kind: 'pulses',
    firstPosition: pulses[0]?.position ?? 0,
    count: pulses.length,
    peers: pulses.map((pulse) => pulse.peer),
    recordedAt: pulses.map((pulse) => pulse.recordedAt),
    forwardedFrames: pulses.map(framesOf),
    receivedFrames: pulses.map((pulse) => (pulse.type === 'ForwardReported' ? (pulse.receivedFrames ?? -1) : -1)),
  };
}
