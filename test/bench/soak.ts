import { randomUUID } from 'node:crypto';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { NO_FRAMES } from '../../src/event-log/pulse-codec.js';
import { openEventLogReader } from '../../src/event-log/sqlite-event-log-reader.js';
import { verifyChain } from '../../src/event-log/verify-chain.js';
import { type Benchmark, type Figure, figureOf } from './benchmark.js';
import { EveningLoad, Latencies, type Load } from './evening-load.js';
import { GrownTrack } from './grown-track.js';
import { openLiveWriter } from './live-writer.js';
import { soakSeconds } from './run-length.js';
import { SERVICE_TEXT, withServiceOn } from './server-process.js';
import { inTemporaryDirectory } from './temporary-directory.js';
import { gather } from './wire-peers.js';

const TRACK = 'bench/soak';
const SOCKETS = 'soak_sockets';
const WRITER = 'soak_writer';
const SOCKET_LOAD: Load = { audience: 2_000, pulsesPerSecond: 4_000, registersPerSecond: 50, openSockets: null };
const WRITER_AUDIENCE = 10_000;
const WRITER_PULSES_PER_SECOND = 20_000;
const WRITER_SLICE_MS = 20;
/** Moments at which memory and files are looked at. */
const SAMPLES = 30;
const MB = 1e6;

/**
 * `soak_sockets_*`, `soak_writer_*`: whether memory and the write-ahead log stay bounded under a steady load for long, and whether all that
 * was acknowledged is in a log that verifies; when it is not, that is an error and no figure.
 */
export const soak: Benchmark = {
  names: [SOCKETS, WRITER].flatMap((name) => [`${name}_resident_mb`, `${name}_wal_mb_max`]),
  onlyByName: true,
  async measure(wanted) {
    const asked = (name: string): boolean => [...wanted].some((one) => one.startsWith(name));
    const soaks = [asked(SOCKETS) ? soakSockets : null, asked(WRITER) ? soakWriter : null];
    const figures: Figure[] = [];
    for (const run of soaks) if (run !== null) figures.push(...(await inTemporaryDirectory(run)));
    return figures;
  },
};

/** What was acknowledged, by what it must have left in the log. */
interface Acknowledged {
  readonly joins: number;
  readonly leaves: number;
  readonly pulses: number;
}

interface Sample {
  readonly second: number;
  readonly residentMb: number;
  readonly walMb: number;
}

async function soakSockets(dataDir: string): Promise<Figure[]> {
  const { samples, acknowledged, resetWhileOpening } = await withServiceOn(dataDir, async ({ port, residentBytes }) => {
    const audience = await gather(port, TRACK, SOCKET_LOAD.audience);
    const evening = new EveningLoad(port, TRACK, SOCKET_LOAD, audience, []);
    evening.start();
    const samples = await sampled(dataDir, async () => {
      // Not to be kept for ten minutes: nobody reads them here.
      evening.latencies = new Latencies();
      return residentBytes();
    });
    await evening.stop();
    const { resetWhileOpening, acknowledged } = evening;
    const { registers, leaves, pulses } = acknowledged;
    return { samples, acknowledged: { joins: registers + audience.length, leaves, pulses }, resetWhileOpening };
  });
  const text = `${String(SOCKET_LOAD.audience)} registered sockets beating ${String(SOCKET_LOAD.pulsesPerSecond)} times a second in total, ${String(SOCKET_LOAD.registersPerSecond)} fresh connections a second that register and leave; ${SERVICE_TEXT}`;
  return figuresOf(
    SOCKETS,
    samples,
    `${text}; ${String(resetWhileOpening)} connections reset while they were opened; ${expectAllKept(dataDir, acknowledged)}`,
  );
}

async function soakWriter(dataDir: string): Promise<Figure[]> {
  const live = await openLiveWriter(dataDir, {});
  const joins = new GrownTrack();
  const peers = await Promise.all(
    Array.from({ length: WRITER_AUDIENCE }, async () => {
      const join = joins.nextJoin();
      const outcome = await live.writer.submit(TRACK, {
        ...join,
        identity: { ...join.identity, peerId: randomUUID() },
      });
      if (!outcome.ok || outcome.peer === null) throw new Error('a join was refused');
      return outcome.peer;
    }),
  );
  let [sent, acknowledged] = [0, 0];
  const startedAt = performance.now();
  const timer = setInterval(() => {
    for (const due = ((performance.now() - startedAt) / 1000) * WRITER_PULSES_PER_SECOND; sent < due; sent += 1) {
      live.writer.pulse(TRACK, {
        peer: peers[sent % peers.length] ?? 0,
        forwardedFrames: NO_FRAMES,
        receivedFrames: NO_FRAMES,
        onDurable: (outcome) => {
          if (!outcome.ok) throw new Error(`a pulse was refused: ${outcome.code}`);
          acknowledged += 1;
        },
      });
    }
  }, WRITER_SLICE_MS);
  const samples = await sampled(dataDir, () => Promise.resolve(process.memoryUsage.rss()));
  clearInterval(timer);
  await live.close();
  if (acknowledged !== sent) throw new Error(`${String(sent)} pulses were sent, ${String(acknowledged)} acknowledged`);
  const text = `${String(WRITER_PULSES_PER_SECOND)} pulses a second of ${String(peers.length)} peers through the writer and the log's worker, synchronous=FULL; memory of the whole process`;
  const kept = expectAllKept(dataDir, { joins: peers.length, leaves: 0, pulses: acknowledged });
  return figuresOf(WRITER, samples, `${text}; ${kept}`);
}

async function sampled(dataDir: string, residentBytes: () => Promise<number>): Promise<Sample[]> {
  const samples: Sample[] = [];
  const startedAt = performance.now();
  for (let index = 1; index <= SAMPLES; index += 1) {
    const second = (index * soakSeconds()) / SAMPLES;
    await sleep(Math.max(0, second * 1000 - (performance.now() - startedAt)));
    const sample = { second, residentMb: (await residentBytes()) / MB, walMb: walBytes(dataDir) / MB };
    samples.push(sample);
    console.error(
      `${second.toFixed(0)} s: ${sample.residentMb.toFixed(0)} MB resident, WAL of ${sample.walMb.toFixed(1)} MB`,
    );
  }
  return samples;
}

function walBytes(dataDir: string): number {
  return statSync(join(dataDir, 'log-000001.sqlite-wal'), { throwIfNoEntry: false })?.size ?? 0;
}

/** @returns what was found, in words. @throws when something acknowledged is missing, or the log does not verify. */
function expectAllKept(dataDir: string, { joins, leaves, pulses }: Acknowledged): string {
  const reader = openEventLogReader(dataDir);
  const found = { joins: 0, leaves: 0, pulses: 0 };
  for (const { type } of reader.topologyEvents({ track: TRACK, afterPosition: 0 })) {
    if (type === 'PeerJoined') found.joins += 1;
    if (type === 'PeerLeft') found.leaves += 1;
  }
  for (const run of reader.pulseRuns({ track: TRACK, afterPosition: 0 })) found.pulses += run.count;
  const report = verifyChain(reader, TRACK);
  reader.close();
  if (!report.ok) throw new Error(`the log does not verify: ${JSON.stringify(report)}`);
  if (found.joins < joins || found.leaves < leaves || found.pulses < pulses)
    throw new Error(`acknowledged: ${JSON.stringify({ joins, leaves, pulses })}; in the log: ${JSON.stringify(found)}`);
  return `acknowledged and found in the log: ${String(joins)} joins, ${String(leaves)} leaves, ${String(pulses)} pulses; ${String(report.events)} events verified`;
}

/** The last third beside the second: the first is for warming up. */
function figuresOf(name: string, samples: readonly Sample[], text: string): Figure[] {
  const third = Math.floor(samples.length / 3);
  const resident = samples.map(({ residentMb }) => residentMb);
  const curve = samples
    .filter((_, index) => index % 3 === 2)
    .map(({ second, residentMb }) => `${second.toFixed(0)} s ${residentMb.toFixed(0)}`);
  const conditions = `${String(soakSeconds())} s of ${text}`;
  return [
    figureOf({
      name: `${name}_resident_mb`,
      unit: 'MB',
      values: resident.slice(-third),
      baselines: resident.slice(third, -third),
      conditions: `resident memory in the last third, baseline: in the second; curve: ${curve.join(', ')}; ${conditions}`,
    }),
    figureOf({
      name: `${name}_wal_mb_max`,
      unit: 'MB',
      values: [Math.max(...samples.map(({ walMb }) => walMb))],
      conditions: `the largest of ${String(samples.length)} looks; ${conditions}`,
    }),
  ];
}
