import type { SettingsChange } from '../../src/domain/commands.js';
import type { TrackSettings } from '../../src/domain/events.js';
import type { PeerNode } from '../../src/domain/peer-node.js';
import { openEventLogReader } from '../../src/event-log/sqlite-event-log-reader.js';
import { SqliteEventLog } from '../../src/event-log/sqlite-event-log.js';
import type { WriterCommand } from '../../src/topology/queued-command.js';
import { TopologyService } from '../../src/topology/topology-service.js';
import { FakeClock } from './fake-clock.js';
import { Dice, settling } from './golden-session.js';

const IDEAS = { swap: true, heir: true, tenureMs: 15_000 };
const SETTINGS: TrackSettings = {
  policy: 'resilient',
  policyVersion: 1,
  rootPeerCount: 4,
  maxChildren: 3,
  maxDepth: 3,
  heartbeatTimeoutMs: 10_000,
  ideas: IDEAS,
};
const TRACKS = ['live/one', 'live/two'];
const STEPS = 900;

/** What an operator changes in both tracks, by step. */
const CHANGES: ReadonlyMap<number, SettingsChange> = new Map([
  [250, { maxChildren: 1, rootPeerCount: 2 }],
  [350, { maxChildren: 3, rootPeerCount: 4 }],
  [500, { policy: 'shallowest', maxDepth: 2, heartbeatTimeoutMs: 8_000 }],
  [650, { policy: 'resilient', ideas: IDEAS, maxDepth: 3 }],
]);

/**
 * Plays a fixed audience on a fixed clock into a new log, under the policy `resilient`: stalls, suspicion, plans followed, tenure, capacity
 * revoked and restored, other rules for a running track, a restart, a stall and a closed track. The same events every time.
 */
export async function playResilientGoldenSession(dataDir: string): Promise<void> {
  const clock = new FakeClock();
  const dice = new Dice(20_261_124);
  for (let run = 0; run < 2; run += 1) {
    const log = await SqliteEventLog.open({ dataDir, nowMs: clock.wallMs(), durability: 'normal' });
    const reader = openEventLogReader(dataDir);
    const limits = { tracksMax: 10, peersPerTrackMax: 1_000, pulseLingerMs: 200, recoveryWindowMs: 5_000 };
    const topology = new TopologyService({
      log,
      reader,
      clock,
      checkChain: () => undefined,
      options: { settings: SETTINGS, ...limits },
    });
    const audience = new Audience(topology, clock, dice, run);
    await settling(topology.recover());
    for (let step = 0; step < STEPS; step += 1) await audience.step(step);
    await clock.stall(30_000);
    if (run === 0) await audience.emptyOut('live/two');
    await settling(topology.stop());
    reader.close();
    await log.close();
    clock.forgetTimers();
    clock.skip(20_000);
  }
}

class Audience {
  #serial = 0;

  constructor(
    private readonly topology: TopologyService,
    private readonly clock: FakeClock,
    private readonly dice: Dice,
    private readonly run: number,
  ) {}

  async step(step: number): Promise<void> {
    const name = TRACKS[this.dice.below(2)] ?? 'live/one';
    const present = [...(this.topology.tracks.get(name)?.tree.peers() ?? [])];
    const change = CHANGES.get(step);
    if (change !== undefined) for (const track of TRACKS) this.#submit(track, { type: 'Configure', change });
    const roll = this.dice.below(100);
    const peer = present[this.dice.below(present.length)];
    if (peer === undefined || (roll < 30 && present.length < 70)) this.#join(name);
    else if (roll < 70) this.#beat(name, present);
    else this.#act(name, peer, roll);
    await this.clock.pass(this.dice.below(3) * 50);
  }

  /** Everybody leaves, and ten minutes later the track is closed. */
  async emptyOut(name: string): Promise<void> {
    for (const { number } of [...(this.topology.tracks.get(name)?.tree.peers() ?? [])])
      this.#submit(name, { type: 'Leave', peer: number });
    await this.clock.pass(620_000, 250);
  }

  #join(name: string): void {
    this.#serial += 1;
    const capacity = this.dice.below(5) - 1;
    this.#submit(name, {
      type: 'Join',
      identity: { peerId: `peer-${String(this.run)}-${String(this.#serial)}`, resumeHash: 'cd'.repeat(32) },
      capacity: capacity < 0 ? null : capacity,
      settings: SETTINGS,
      peersMax: 1_000,
      replace: false,
    });
  }

  /** Every third peer beats or reports at once, so that most of them live long enough to be tenured. */
  #beat(name: string, present: readonly PeerNode[]): void {
    const third = this.dice.below(3);
    for (const [index, { number }] of present.entries()) {
      if (index % 3 !== third) continue;
      const frames = this.dice.below(4) === 0 ? this.dice.below(100_000) : -1;
      this.topology.writer.pulse(name, {
        peer: number,
        forwardedFrames: frames,
        receivedFrames: -1,
        onDurable: () => undefined,
      });
    }
  }

  #act(name: string, peer: PeerNode, roll: number): void {
    const { number } = peer;
    const parentId = peer.parent?.identity?.peerId ?? null;
    if (roll < 76) this.#submit(name, { type: 'Leave', peer: number });
    else if (roll < 82) for (const child of peer.children) this.#stall(name, child, peer);
    else if (roll < 86 && parentId !== null)
      this.#submit(name, { type: 'NoticePlan', peer: number, lostParentId: parentId, connectedTo: null });
    else if (roll < 89) this.#submit(name, { type: 'Clear', peer: this.#doubted(name, 'suspected') ?? number });
    else if (roll < 92) this.#submit(name, { type: 'Revoke', peer: number, complaints: 1, windowMs: 5_000 });
    else if (roll < 94) this.#submit(name, { type: 'Restore', peer: this.#doubted(name, 'revoked') ?? number });
    else if (roll < 96) this.#submit(name, { type: 'ClaimCapacity', peer: number, capacity: this.dice.below(4) });
    else if (roll < 97) this.#submit(name, { type: 'Disconnect', peer: number });
    else if (roll < 98) this.#submit(name, { type: 'Kick', peerId: peer.identity?.peerId ?? '' });
    else this.#submit(name, { type: 'Reassign', peerId: peer.identity?.peerId ?? '' });
  }

  #stall(name: string, child: PeerNode, parent: PeerNode): void {
    const parentId = parent.identity?.peerId ?? null;
    this.#submit(name, { type: 'NoticeStall', peer: child.number, parentId, silentMs: 2_000 + this.dice.below(500) });
  }

  #doubted(name: string, doubt: 'suspected' | 'revoked'): number | null {
    const peers = this.topology.tracks.get(name)?.tree.peers() ?? [];
    for (const peer of peers) if (peer[doubt]) return peer.number;
    return null;
  }

  #submit(name: string, command: WriterCommand): void {
    this.topology.writer.enqueue(name, command, () => undefined);
  }
}
