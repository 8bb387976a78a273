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
  { tag: '_100k_closed_tracks', wishes: () => ({ tracks: 1, peersPerTrack: 1_000, closedTracks: 100_000 }) },
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
      values: clean.values,
      baselines: clean.baselines,
      conditions: `${shape}; stopped by SIGTERM before each start; ${processorText(clean)}; ${MEASURED_TEXT}`,
    }),
    figureOf({
      name: `${KILLED}${tag}`,
      unit: 'ms',
      values: killed.values,
      baselines: killed.baselines,
      conditions: `${shape}; ended by SIGKILL before each start, ${String(log.eventsBehindSnapshots)} events behind the newest snapshots; ${processorText(killed)}; ${MEASURED_TEXT}`,
    }),
  ];
}

const MEASURED_TEXT =
  'from spawn to the line that says where it listens, Node itself included; file in the page cache of the system; baseline: a start on an empty directory';

function shapeText(
  { tracks, peersPerTrack, closedTracks = 0 }: LargeLogWishes,
  { events, snapshots }: AgedLog,
): string {
  return `${String(tracks)} open tracks of ${String(peersPerTrack)} peers, ${String(closedTracks)} closed ones, ${String(events)} events, ${String(snapshots)} snapshots taken as the service schedules them`;
}

interface Starts {
  readonly values: number[];
  readonly baselines: number[];
  /** Of each start that is a value, milliseconds over all threads: on a busy machine it says more than the clock. */
  readonly processorMs: number[];
}

async function measureStarts(dataDir: string, end: 'SIGTERM' | 'SIGKILL'): Promise<Starts> {
  const starts: Starts = { values: [], baselines: [], processorMs: [] };
  for (let run = 0; run < RUNS; run += 1) {
    const { tookMs, processorMs } = await startAndEnd(dataDir, end);
    starts.values.push(tookMs);
    starts.processorMs.push(processorMs);
    starts.baselines.push((await inTemporaryDirectory((empty) => startAndEnd(empty, end))).tookMs);
  }
  return starts;
}

/** @returns how long it took until it listened, and the processor time it needed for that. */
async function startAndEnd(
  dataDir: string,
  end: 'SIGTERM' | 'SIGKILL',
): Promise<{ tookMs: number; processorMs: number }> {
  const startedAt = performance.now();
  const service = await ServerProcess.start(SERVICE_SCRIPT, serviceArguments(dataDir));
  const tookMs = performance.now() - startedAt;
  const processorMs = service.processorMs() ?? NaN;
  await service.stop(end);
  return { tookMs, processorMs };
}

function processorText({ processorMs }: Starts): string {
  const [least, most] = [Math.min(...processorMs), Math.max(...processorMs)];
  return `processor time of all threads ${least.toFixed(0)} to ${most.toFixed(0)} ms`;
}
