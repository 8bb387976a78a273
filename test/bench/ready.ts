import type { LargeLogWishes } from '../support/large-log.js';
import { type AgedLog, writeAgedLog } from './aged-log.js';
import { type Benchmark, type Figure, figureOf } from './benchmark.js';
import { logEvents } from './log-size.js';
import { SERVICE_SCRIPT, serviceArguments, ServerProcess } from './server-process.js';
import { inTemporaryDirectory } from './temporary-directory.js';

const RUNS = 5;
const CLEAN = 'ready_ms_clean';
const KILLED = 'ready_ms_killed';

interface Shape {
  /** What stands behind the names of its figures. */
  readonly tag: string;
  readonly wishes: () => LargeLogWishes;
}

const SHAPES: readonly Shape[] = [
  { tag: '', wishes: () => ({ tracks: 1, peersPerTrack: 100_000, eventsPerTrack: logEvents() }) },
  { tag: '_100_tracks', wishes: () => ({ tracks: 100, peersPerTrack: 1_000 }) },
];

/** `ready_ms_*`: from the start of the process until it says where it listens, with a log of some size. */
export const ready: Benchmark = {
  names: SHAPES.flatMap(({ tag }) => [`${CLEAN}${tag}`, `${KILLED}${tag}`]),
  async measure(wanted) {
    const figures: Figure[] = [];
    for (const shape of SHAPES) {
      if (!wanted.has(`${CLEAN}${shape.tag}`) && !wanted.has(`${KILLED}${shape.tag}`)) continue;
      figures.push(...(await inTemporaryDirectory((dataDir) => measureShape(shape, dataDir))));
    }
    return figures;
  },
};

/** The kill comes first: behind a clean stop nothing would be left to replay. */
async function measureShape({ tag, wishes }: Shape, dataDir: string): Promise<Figure[]> {
  const log = await writeAgedLog(dataDir, wishes());
  await startAndEnd(dataDir, 'SIGKILL');
  const killed = await measureStarts(dataDir, 'SIGKILL');
  await startAndEnd(dataDir, 'SIGTERM');
  const clean = await measureStarts(dataDir, 'SIGTERM');
  const shape = shapeText(wishes(), log);
  return [
    figureOf({
      name: `${CLEAN}${tag}`,
      unit: 'ms',
      ...clean,
      conditions: `${shape}; stopped by SIGTERM before each start; ${MEASURED_TEXT}`,
    }),
    figureOf({
      name: `${KILLED}${tag}`,
      unit: 'ms',
      ...killed,
      conditions: `${shape}; ended by SIGKILL before each start, ${String(log.eventsBehindSnapshots)} events behind the newest snapshots; ${MEASURED_TEXT}`,
    }),
  ];
}

const MEASURED_TEXT =
  'from spawn to the line that says where it listens, Node itself included; file in the page cache of the system; baseline: a start on an empty directory';

function shapeText({ tracks, peersPerTrack }: LargeLogWishes, { events, snapshots }: AgedLog): string {
  return `${String(tracks)} open tracks of ${String(peersPerTrack)} peers, ${String(events)} events, ${String(snapshots)} snapshots taken as the service schedules them`;
}

interface Starts {
  readonly values: number[];
  readonly baselines: number[];
}

async function measureStarts(dataDir: string, end: 'SIGTERM' | 'SIGKILL'): Promise<Starts> {
  const starts: Starts = { values: [], baselines: [] };
  for (let run = 0; run < RUNS; run += 1) {
    starts.values.push(await startAndEnd(dataDir, end));
    starts.baselines.push(await inTemporaryDirectory((empty) => startAndEnd(empty, end)));
  }
  return starts;
}

/** @returns milliseconds until it listened. */
async function startAndEnd(dataDir: string, end: 'SIGTERM' | 'SIGKILL'): Promise<number> {
  const startedAt = performance.now();
  const service = await ServerProcess.start(SERVICE_SCRIPT, serviceArguments(dataDir));
  const tookMs = performance.now() - startedAt;
  await service.stop(end);
  return tookMs;
}
