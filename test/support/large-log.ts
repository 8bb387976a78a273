import { decide } from '../../src/domain/decide.js';
import type { RecordedTopologyEvent, TrackSettings } from '../../src/domain/events.js';
import { RelayTree } from '../../src/domain/relay-tree.js';
import type { PulseRun, TrackAppend } from '../../src/event-log/event-log.js';
import { SqliteEventLog } from '../../src/event-log/sqlite-event-log.js';

/** 31 January 2026, 20:14:00 UTC. */
const STARTED_AT = Date.UTC(2026, 0, 31, 20, 14, 0);
const RESUME_HASH = 'c0ffee00'.repeat(8);
const SETTINGS: TrackSettings = {
  policy: 'resilient',
  policyVersion: 1,
  rootPeerCount: 30,
  maxChildren: 3,
  maxDepth: 30,
  heartbeatTimeoutMs: 10_000,
};
const JOINS_PER_COMMIT = 500;
/** What 100,000 viewers send in 200 ms. */
const PULSES_PER_BLOCK = 6_600;
/** Between two blocks so many viewers leave and as many come. */
const CHURN_PER_BLOCK = 20;

export interface LargeLogWishes {
  readonly tracks: number;
  readonly peersPerTrack: number;
  /** Of each track, at least: topology events and pulses together. */
  readonly eventsPerTrack?: number;
  /** Tracks that were opened and closed again, besides. */
  readonly closedTracks?: number;
  readonly durability?: 'full' | 'normal';
  /** Pulses of one track in 200 ms; what 100,000 viewers send when absent. */
  readonly pulsesPerBlock?: number;
  /** Viewers who leave, and as many who come, in 200 ms. */
  readonly churnPerBlock?: number;
  /** Whether relays leave as well, so that others lose their parents. Else only those without children do. */
  readonly relaysLeave?: boolean;
}

/** Writes a log as a service would have written it, by the real encoder and store, with its data directory made when it is missing. */
export async function writeLargeLog(dataDir: string, wishes: LargeLogWishes): Promise<void> {
  const { tracks, closedTracks = 0, durability = 'normal' } = wishes;
  const log = await SqliteEventLog.open({ dataDir, durability, nowMs: STARTED_AT });
  try {
    for (let index = 0; index < tracks; index += 1) await writeTrack(log, largeTrackName(index), wishes);
    await writeClosed(log, closedTracks);
  } finally {
    await log.close();
  }
}

/** Name of the track with that index. */
export function largeTrackName(index: number): string {
  return `large/${String(index)}`;
}

async function writeTrack(log: SqliteEventLog, name: string, wishes: LargeLogWishes): Promise<void> {
  const { peersPerTrack, eventsPerTrack = 0, relaysLeave = false } = wishes;
  const { pulsesPerBlock = PULSES_PER_BLOCK, churnPerBlock = CHURN_PER_BLOCK } = wishes;
  const track = new GeneratedTrack(name);
  while (track.tree.size < peersPerTrack) {
    track.join(Math.min(JOINS_PER_COMMIT, peersPerTrack - track.tree.size));
    await log.append([track.takeTopology()]);
  }
  while (track.tree.position < eventsPerTrack) {
    await log.append([track.beat(Math.min(pulsesPerBlock, eventsPerTrack))]);
    track.churn(Math.min(churnPerBlock, peersPerTrack), relaysLeave);
    await log.append([track.takeTopology()]);
  }
}

const CLOSED_PER_COMMIT = 1_000;

async function writeClosed(log: SqliteEventLog, count: number): Promise<void> {
  for (let from = 0; from < count; from += CLOSED_PER_COMMIT) {
    const appends: TrackAppend[] = [];
    for (let index = from; index < Math.min(count, from + CLOSED_PER_COMMIT); index += 1) {
      const track = new GeneratedTrack(`closed/${String(index)}`);
      track.join(1);
      track.close();
      appends.push(track.takeTopology());
    }
    await log.append(appends);
  }
}

/** A track that is decided in memory, and written commit by commit. */
class GeneratedTrack {
  readonly tree = new RelayTree();
  #events: RecordedTopologyEvent[] = [];
  #committed = 0;
  #joins = 0;
  #beats = 0;
  #nowMs = STARTED_AT;
  #present: number[] = [];

  constructor(private readonly name: string) {}

  join(count: number): void {
    this.#nowMs += 50;
    for (let index = 0; index < count; index += 1) {
      this.#joins += 1;
      const identity = { peerId: `viewer-${String(this.#joins)}`, resumeHash: RESUME_HASH };
      // Three of four serve, which is more than enough for everybody to be fed.
      const capacity = this.#joins % 4 === 0 ? 0 : null;
      this.#run({ type: 'Join', identity, capacity, settings: SETTINGS, peersMax: 1_000_000, replace: false });
      this.#present.push(this.#lastJoined());
    }
  }

  /** Viewers leave, one here and one there, and as many come. */
  churn(count: number, relaysLeave: boolean): void {
    this.#nowMs += 20;
    for (let index = 0; index < count; index += 1) {
      const place = (this.#joins * 7919 + index * 104_729) % this.#present.length;
      const peer = this.#present[place] ?? 0;
      if (!relaysLeave && (this.tree.peer(peer)?.children.length ?? 1) > 0) continue;
      this.#present[place] = this.#present.at(-1) ?? 0;
      this.#present.pop();
      this.#run({ type: 'Leave', peer });
    }
    this.join(count);
  }

  close(): void {
    for (const { number: peer } of [...this.tree.peers()]) this.#run({ type: 'Leave', peer });
    this.#run({ type: 'Close' });
  }

  takeTopology(): TrackAppend {
    const events = this.#events;
    this.#events = [];
    return this.#append({ kind: 'topology', events });
  }

  /** Everybody beats in turn; every tenth says what it forwarded. */
  beat(count: number): TrackAppend {
    this.#nowMs += 180;
    const run: PulseRun = {
      kind: 'pulses',
      firstPosition: this.tree.position + 1,
      count,
      peers: Array.from(
        { length: count },
        (_, index) => this.#present[(this.#beats + index) % this.#present.length] ?? 0,
      ),
      recordedAt: Array.from({ length: count }, (_, index) => this.#nowMs + Math.floor((20 * index) / count)),
      forwardedFrames: Array.from({ length: count }, (_, index) => (index % 10 === 0 ? this.#beats : -1)),
      receivedFrames: Array.from({ length: count }, (_, index) => (index % 10 === 0 ? this.#beats + index : -1)),
    };
    this.#beats += count;
    this.#nowMs += 20;
    this.tree.position += count;
    this.tree.recordedAt = this.#nowMs;
    return this.#append(run);
  }

  #append(run: TrackAppend['runs'][number]): TrackAppend {
    const previousPosition = this.#committed;
    this.#committed = this.tree.position;
    return { track: this.name, previousPosition, runs: [run], open: this.tree.settings !== null };
  }

  #run(command: Parameters<typeof decide>[1]): void {
    const outcome = decide(this.tree, command, this.#nowMs, (event) => void this.#events.push(event));
    if (!outcome.ok) throw new Error(outcome.reason);
  }

  #lastJoined(): number {
    return this.#events.findLast((event) => event.type === 'PeerJoined')?.position ?? 0;
  }
}
