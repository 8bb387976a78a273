import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Outcome, Rejection, TopologyCommand } from '../../src/domain/commands.js';
import type { RecordedEvent, TrackSettings } from '../../src/domain/events.js';
import { findUnsettled, findViolations } from '../../src/domain/invariants.js';
import { openEventLogReader, type SqliteEventLogReader } from '../../src/event-log/sqlite-event-log-reader.js';
import { SqliteEventLog } from '../../src/event-log/sqlite-event-log.js';
import { stateHash } from '../../src/event-log/state-hash.js';
import { stateAt } from '../../src/event-log/state-at.js';
import type { LiveTrack } from '../../src/topology/live-track.js';
import { type TopologyOptions, TopologyService } from '../../src/topology/topology-service.js';
import type { WriterListener } from '../../src/topology/writer-events.js';
import { FakeClock, settled } from './fake-clock.js';
import { FaultyEventLog } from './faulty-event-log.js';
import { track } from './given-when-then.js';

export const LIVE = 'live/x';

type RigOptions = Partial<Omit<TopologyOptions, 'settings'>> &
  Readonly<{ settings?: Partial<TrackSettings>; checkChain?: (track: string) => void }>;

const LIMITS = { tracksMax: 100, peersPerTrackMax: 10_000, pulseLingerMs: 200, recoveryWindowMs: 120_000 };

/** A whole topology service on a fake clock and a real log in a temporary directory, whose storage can fail. */
export class TopologyRig {
  readonly clock = new FakeClock();
  readonly #dataDir = mkdtempSync(join(tmpdir(), 'meshledger-topology-'));
  #log: FaultyEventLog | null = null;
  #reader: SqliteEventLogReader | null = null;
  #topology: TopologyService | null = null;

  private constructor(private readonly options: RigOptions) {}

  static async start(options: RigOptions = {}): Promise<TopologyRig> {
    const rig = new TopologyRig(options);
    await rig.open();
    await rig.topology.recover();
    return rig;
  }

  get log(): FaultyEventLog {
    return present(this.#log);
  }

  get reader(): SqliteEventLogReader {
    return present(this.#reader);
  }

  get topology(): TopologyService {
    return present(this.#topology);
  }

  /** The track as it stands in memory. */
  live(name = LIVE): LiveTrack {
    return present(this.topology.tracks.get(name));
  }

  submit(command: TopologyCommand, name = LIVE): Promise<Outcome> {
    return this.topology.writer.submit(name, command);
  }

  join(peerId: string, wishes: { capacity?: number | null; replace?: boolean; track?: string } = {}): Promise<Outcome> {
    const { capacity = null, replace = false, track: name = LIVE } = wishes;
    const { settings, peersPerTrackMax: peersMax } = this.topology.options;
    const identity = { peerId, resumeHash: `token of ${peerId}` };
    return this.submit({ type: 'Join', identity, capacity, settings, peersMax, replace }, name);
  }

  /** Joins and gives the peer's number. */
  async joined(peerId: string, wishes: Parameters<TopologyRig['join']>[1] = {}): Promise<number> {
    const answer = this.join(peerId, wishes);
    await settled();
    return numberOf(await answer);
  }

  leave(peer: number, name = LIVE): Promise<Outcome> {
    return this.submit({ type: 'Leave', peer }, name);
  }

  beat(peer: number, name = LIVE): Promise<Outcome> {
    return this.pulse(peer, -1, -1, name);
  }

  pulse(peer: number, forwardedFrames: number, receivedFrames = -1, name = LIVE): Promise<Outcome> {
    return new Promise((onDurable) => {
      this.topology.writer.pulse(name, { peer, forwardedFrames, receivedFrames, onDurable });
    });
  }

  listen(listener: WriterListener): void {
    this.topology.listen(listener);
  }

  /** What the log holds, read back from the file. */
  events(name = LIVE): RecordedEvent[] {
    return [...this.reader.events({ track: name, afterPosition: 0 })];
  }

  eventsOf<Type extends RecordedEvent['type']>(type: Type, name = LIVE): Extract<RecordedEvent, { type: Type }>[] {
    return this.events(name).filter((event): event is Extract<RecordedEvent, { type: Type }> => event.type === type);
  }

  /** Types of events as the log holds them, in order. */
  types(name = LIVE): string[] {
    return this.events(name).map((event) => event.type);
  }

  /** Why the memory and the log differ, or the log is not in order; nothing when all is well. */
  differences(name = LIVE): string[] {
    const events = this.events(name);
    const faults = orderFaults(events);
    const live = this.topology.tracks.get(name);
    if (live === null) return faults;
    const replayed = stateAt(this.reader, name, events.length, null);
    if (stateHash(live.tree) !== stateHash(replayed.tree)) faults.push('the log tells another tree');
    if (live.tree.position !== replayed.tree.position) faults.push('the log ends elsewhere');
    return [...faults, ...findViolations(live.tree), ...findUnsettled(live.tree)];
  }

  /** The process is gone at once, and another starts `awayMs` later on the same log. */
  async restart(awayMs = 0, beforeRecovery: () => void = () => undefined): Promise<void> {
    await this.#abandon();
    this.clock.forgetTimers();
    this.clock.skip(awayMs);
    await this.open();
    beforeRecovery();
    await this.topology.recover();
  }

  async end(): Promise<void> {
    this.#log?.repair();
    await this.#abandon();
    rmSync(this.#dataDir, { recursive: true, force: true });
  }

  /** Opens the log without recovering from it. */
  async open(): Promise<void> {
    const log = await SqliteEventLog.open({
      dataDir: this.#dataDir,
      nowMs: this.clock.wallMs(),
      durability: 'normal',
    });
    this.#log = new FaultyEventLog(log);
    this.#reader = openEventLogReader(this.#dataDir);
    const { settings, checkChain = () => undefined, ...limits } = this.options;
    this.#topology = new TopologyService({
      log: this.#log,
      reader: this.#reader,
      clock: this.clock,
      checkChain,
      options: { ...LIMITS, ...limits, settings: track(settings) },
    });
  }

  async #abandon(): Promise<void> {
    this.#reader?.close();
    await this.#log?.close();
    this.#reader = null;
    this.#log = null;
    this.#topology = null;
  }
}

export function numberOf(outcome: Outcome): number {
  if (!outcome.ok || outcome.peer === null) throw new Error(`not accepted: ${JSON.stringify(outcome)}`);
  return outcome.peer;
}

/** The code of a refusal, or `ok`. */
export function codeOf(outcome: Outcome | Rejection): string {
  return outcome.ok ? 'ok' : outcome.code;
}

export { settled };

function orderFaults(events: readonly RecordedEvent[]): string[] {
  const faults: string[] = [];
  let before = { position: 0, recordedAt: 0 };
  for (const event of events) {
    if (event.position !== before.position + 1) faults.push(`a gap before position ${event.position}`);
    if (event.recordedAt < before.recordedAt) faults.push(`recorded_at goes back at ${event.position}`);
    before = event;
  }
  return faults;
}

function present<Value>(value: Value | null): Value {
  if (value === null) throw new Error('not there at this moment');
  return value;
}
