import { statSync } from 'node:fs';
import type { LogBatch, TrackAppend } from '../../src/event-log/event-log.js';
import { segmentFiles } from '../../src/event-log/data-directory.js';
import { SqliteEventLog } from '../../src/event-log/sqlite-event-log.js';
import { type Benchmark, type Figure, figureOf } from './benchmark.js';
import { STARTED_AT } from './grown-track.js';
import { heartbeatRun, randomPeers } from './heartbeat-runs.js';
import { randomBelow, seededRandom } from './seeded-random.js';
import { inTemporaryDirectory } from './temporary-directory.js';

const BLOCK_SIZES = [1, 10, 33, 100, 1000, 3000] as const;
/** The size that stands for all: 33 heartbeats wait for 200 ms in a track of 500 peers that beat each 3 s. */
const TYPICAL_BLOCK = 33;
const AUDIENCE = 500;
const BLOCKS_MAX = 4_000;
const HEARTBEATS_MAX = 600_000;
const LINGER_MS = 200;
const NAME = 'heartbeat_bytes_on_disk';
const MEASURED_TEXT =
  'file after the checkpoint at its close, less an empty log, per heartbeat: rows, pages, commits, hashes and indexes';

const EVENING = { tracks: 100, peers: 1_000, beatMs: 3_000, seconds: 60 } as const;

/** `heartbeat_bytes_on_disk*`: what one heartbeat costs the disk, by the company it has in its block. */
export const heartbeatBytes: Benchmark = {
  names: [NAME, ...BLOCK_SIZES.map((size) => `${NAME}_${String(size)}`), `${NAME}_100_tracks`],
  async measure(wanted) {
    const figures: Figure[] = [];
    const sizes = wanted.has(NAME) ? BLOCK_SIZES : BLOCK_SIZES.filter((size) => wanted.has(`${NAME}_${String(size)}`));
    for (const size of sizes) figures.push(await measureBlocksOf(size));
    const typical = figures.find((figure) => figure.name === `${NAME}_${String(TYPICAL_BLOCK)}`);
    if (wanted.has(NAME) && typical !== undefined) figures.unshift(summary(typical, figures));
    if (wanted.has(`${NAME}_100_tracks`)) figures.push(await measureEvening());
    return figures;
  },
};

function summary(typical: Figure, figures: readonly Figure[]): Figure {
  const bySize = figures.map(({ name, value }) => `${name.slice(NAME.length + 1)}: ${String(value)}`).join(', ');
  return { ...typical, name: NAME, conditions: `${typical.conditions}; bytes by heartbeats per block: ${bySize}` };
}

async function measureBlocksOf(size: number): Promise<Figure> {
  const random = seededRandom(size);
  const blocks = Math.min(BLOCKS_MAX, HEARTBEATS_MAX / size);
  let position = 0;
  const batches = function* (): Generator<LogBatch> {
    for (let block = 0; block < blocks; block += 1) {
      const run = heartbeatRun(
        position + 1,
        randomPeers(random, size, AUDIENCE),
        STARTED_AT + block * LINGER_MS,
        LINGER_MS,
      );
      yield [{ track: 'bench/heartbeats', previousPosition: position, runs: [run], open: true }];
      position += size;
    }
  };
  const bytes = await bytesOf(batches());
  const conditions = `${String(blocks)} blocks of ${String(size)} heartbeats, one a commit, of ${String(AUDIENCE)} peers in one track, within ${String(LINGER_MS)} ms each; ${MEASURED_TEXT}`;
  return figureOf({ name: `${NAME}_${String(size)}`, unit: 'bytes', values: [bytes / position], conditions });
}

async function measureEvening(): Promise<Figure> {
  const evening = new Evening();
  const bytes = await bytesOf(evening.batches());
  const { tracks, peers, beatMs, seconds } = EVENING;
  const conditions = `${String(tracks)} tracks of ${String(peers)} peers, each beating every ${String(beatMs)} ms at its own phase, committed together every ${String(LINGER_MS)} ms for ${String(seconds)} s: ${String(evening.heartbeats)} heartbeats, ${(evening.heartbeats / evening.blocks).toFixed(1)} a block; ${MEASURED_TEXT}`;
  return figureOf({ name: `${NAME}_100_tracks`, unit: 'bytes', values: [bytes / evening.heartbeats], conditions });
}

/** What the writer commits while nothing but heartbeats comes in. */
class Evening {
  heartbeats = 0;
  blocks = 0;
  readonly #random = seededRandom(5);
  readonly #positions = new Array<number>(EVENING.tracks).fill(0);
  /** For each track, for each slice of a beat, who beats in it. */
  readonly #phases = Array.from({ length: EVENING.tracks }, () => this.#phasesOfTrack());

  *batches(): Generator<LogBatch> {
    const commits = (EVENING.seconds * 1000) / LINGER_MS;
    for (let commit = 0; commit < commits; commit += 1) {
      yield this.#phases.flatMap((slices, track) => {
        const peers = slices[commit % slices.length] ?? [];
        return peers.length === 0 ? [] : [this.#append(track, peers, STARTED_AT + commit * LINGER_MS)];
      });
    }
  }

  #append(track: number, peers: readonly number[], fromMs: number): TrackAppend {
    const previousPosition = this.#positions[track] ?? 0;
    this.#positions[track] = previousPosition + peers.length;
    this.heartbeats += peers.length;
    this.blocks += 1;
    const run = heartbeatRun(previousPosition + 1, peers, fromMs, LINGER_MS);
    return { track: `live/channel-${String(track)}`, previousPosition, runs: [run], open: true };
  }

  #phasesOfTrack(): number[][] {
    const slices = Array.from({ length: EVENING.beatMs / LINGER_MS }, (): number[] => []);
    for (let peer = 0; peer < EVENING.peers; peer += 1) {
      slices[randomBelow(this.#random, slices.length)]?.push(2 + 2 * peer);
    }
    // They arrive in no order of joining.
    for (const slice of slices) slice.sort(() => this.#random() - 0.5);
    return slices;
  }
}

/** Bytes that these batches add to the file of an empty log. How they are flushed does not change them. */
async function bytesOf(batches: Iterable<LogBatch>): Promise<number> {
  const [empty, filled] = [await fileBytesAfter([]), await fileBytesAfter(batches)];
  return filled - empty;
}

async function fileBytesAfter(batches: Iterable<LogBatch>): Promise<number> {
  return inTemporaryDirectory(async (dataDir) => {
    const log = await SqliteEventLog.open({ dataDir, durability: 'normal', nowMs: STARTED_AT });
    for (const batch of batches) await log.append(batch);
    await log.close();
    return segmentFiles(dataDir).reduce((bytes, file) => bytes + statSync(file).size, 0);
  });
}
