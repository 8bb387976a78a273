import type { TopologyCommand } from '../../src/domain/commands.js';
import type { TrackSettings } from '../../src/domain/events.js';
import { openEventLogReader } from '../../src/event-log/sqlite-event-log-reader.js';
import { SqliteEventLog } from '../../src/event-log/sqlite-event-log.js';
import { TopologyService } from '../../src/topology/topology-service.js';
import { FakeClock, settled } from './fake-clock.js';

const SETTINGS: TrackSettings = {
  policy: 'shallowest',
  policyVersion: 1,
  rootPeerCount: 3,
  maxChildren: 3,
  maxDepth: 3,
  heartbeatTimeoutMs: 10_000,
};
const TRACKS = ['live/one', 'live/two', 'archive/short'];
const STEPS = 1_200;

/**
 * Plays a fixed audience on a fixed clock into a new log: every event type of the first format, in three tracks, over two
 * restarts, a stall and a closed track. The same events every time, so what it records today can be compared with what was recorded then.
 */
export async function playGoldenSession(dataDir: string): Promise<void> {
  const clock = new FakeClock();
  const dice = new Dice(20_261_123);
  for (let run = 0; run < 3; run += 1) {
    const log = await SqliteEventLog.open({ dataDir, nowMs: clock.wallMs(), durability: 'normal' });
    const reader = openEventLogReader(dataDir);
    const topology = new TopologyService({
      log,
      reader,
      clock,
      checkChain: () => undefined,
      options: {
        settings: SETTINGS,
        tracksMax: 10,
        peersPerTrackMax: 1_000,
        pulseLingerMs: 200,
        recoveryWindowMs: 60_000,
      },
    });
    const audience = new Audience(topology, clock, dice, run);
    await settling(topology.recover());
    for (let step = 0; step < STEPS; step += 1) await audience.step();
    if (run === 0) await audience.emptyOut('archive/short');
    if (run === 1) await clock.stall(45_000);
    await settling(topology.stop());
    reader.close();
    await log.close();
    clock.forgetTimers();
    clock.skip(30_000);
  }
}

/** Waits for work that needs the fake clock's immediates to run. */
export async function settling(work: Promise<unknown>): Promise<void> {
  await settled();
  await work;
}

class Audience {
  #serial = 0;

  constructor(
    private readonly topology: TopologyService,
    private readonly clock: FakeClock,
    private readonly dice: Dice,
    private readonly run: number,
  ) {}

  async step(): Promise<void> {
    const name = TRACKS[this.dice.below(this.run === 0 ? 3 : 2)] ?? 'live/one';
    const present = [...(this.topology.tracks.get(name)?.tree.peers() ?? [])];
    const peer = present[this.dice.below(present.length)];
    const roll = this.dice.below(100);
    if (peer === undefined || (roll < 22 && present.length < 60)) {
      this.#serial += 1;
      this.#join(name, `peer-${String(this.run)}-${String(this.#serial)}`, false);
    } else if (roll < 80) this.#pulse(name, peer.number, roll);
    else if (roll < 84) this.#join(name, peer.identity?.peerId ?? '', false);
    else if (roll < 86) this.#join(name, peer.identity?.peerId ?? '', true);
    else this.#submit(name, commandFor(roll, peer.number, peer.identity?.peerId ?? '', this.dice));
    await this.clock.pass(this.dice.below(3) * 50);
  }

  /** Everybody leaves, and ten minutes later the track is closed. */
  async emptyOut(name: string): Promise<void> {
    for (const { number } of [...(this.topology.tracks.get(name)?.tree.peers() ?? [])]) {
      this.#submit(name, { type: 'Leave', peer: number });
    }
    await this.clock.pass(620_000, 250);
  }

  #join(name: string, peerId: string, replace: boolean): void {
    const capacity = this.dice.below(5) - 1;
    const identity = { peerId, resumeHash: 'ab'.repeat(32) };
    this.#submit(name, {
      type: 'Join',
      identity,
      capacity: capacity < 0 ? null : capacity,
      settings: SETTINGS,
      peersMax: 1_000,
      replace,
    });
  }

  #pulse(name: string, peer: number, roll: number): void {
    const isReport = roll % 4 === 0;
    this.topology.writer.pulse(name, {
      peer,
      forwardedFrames: isReport ? this.dice.below(1_000_000) : -1,
      receivedFrames: isReport && roll % 8 === 0 ? this.dice.below(1_000_000) : -1,
      onDurable: () => undefined,
    });
  }

  #submit(name: string, command: TopologyCommand): void {
    this.topology.writer.enqueue(name, command, () => undefined);
  }
}

function commandFor(roll: number, peer: number, peerId: string, dice: Dice): TopologyCommand {
  if (roll < 90) return { type: 'Leave', peer };
  if (roll < 93) return { type: 'ClaimCapacity', peer, capacity: dice.below(4) };
  if (roll < 95) return { type: 'Disconnect', peer };
  if (roll < 97) return { type: 'Kick', peerId };
  return { type: 'Reassign', peerId };
}

/** Lehmer's generator with the constants of Park and Miller (1988): the same numbers on every machine. */
export class Dice {
  constructor(private state: number) {}

  below(limit: number): number {
    this.state = (this.state * 48_271) % 2_147_483_647;
    return this.state % Math.max(1, limit);
  }
}
