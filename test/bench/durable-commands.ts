import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TopologyCommand } from '../../src/domain/commands.js';
import type { CommitFigures, WriterListener } from '../../src/topology/writer-events.js';
import type { TopologyWriter } from '../../src/topology/topology-writer.js';
import { BARE_INSERTS_TEXT, BareInserts } from './bare-inserts.js';
import { type Benchmark, type Figure, figureOf, median } from './benchmark.js';
import { CLAIMS_TEXT, GrownTrack, ROOMY_SETTINGS_TEXT } from './grown-track.js';
import { openLiveWriter } from './live-writer.js';
import { inTemporaryDirectory } from './temporary-directory.js';

const SUBMITTERS = [1, 10, 100, 1000] as const;
const TRACK = 'bench/commands';
const RUNS = 5;
const RUN_MS = 1_000;
const BASELINE_MS = 400;
const WARM_UP_MS = 1_500;
/** Peers that stay, besides the one of each submitter that comes and goes. */
const AUDIENCE = 2_000;

/** `durable_commands_per_s_*`: joins and leaves, each submitter waiting for its acknowledgement before the next. */
export const durableCommands: Benchmark = {
  names: SUBMITTERS.map(nameFor),
  async measure(wanted) {
    const figures: Figure[] = [];
    for (const submitters of SUBMITTERS) {
      if (wanted.has(nameFor(submitters)))
        figures.push(await inTemporaryDirectory((directory) => measureWith(submitters, directory)));
    }
    return figures;
  },
};

function nameFor(submitters: number): string {
  return `durable_commands_per_s_${String(submitters)}`;
}

/** What was committed so far. */
class CommitTally implements WriterListener {
  commits = 0;
  commands = 0;
  events = 0;

  committed(_changes: unknown, { commands, topologyEvents }: CommitFigures): void {
    this.commits += 1;
    this.commands += commands;
    this.events += topologyEvents;
  }
}

async function measureWith(submitters: number, directory: string): Promise<Figure> {
  const tally = new CommitTally();
  const live = await openLiveWriter(directory, tally);
  const bare = new BareInserts(directory);
  const crowd = new Crowd(live.writer);
  await crowd.fill();
  await crowd.start(submitters);
  await sleep(WARM_UP_MS);
  const values: number[] = [];
  const batches: number[] = [];
  const eventsPerCommand: number[] = [];
  for (let run = 0; run < RUNS; run += 1) {
    const { commits, commands: commandsBefore, events: eventsBefore } = tally;
    const startedAt = performance.now();
    await sleep(RUN_MS);
    const commands = tally.commands - commandsBefore;
    values.push((commands / (performance.now() - startedAt)) * 1000);
    batches.push(commands / (tally.commits - commits));
    eventsPerCommand.push((tally.events - eventsBefore) / commands);
  }
  await crowd.stop();
  await live.close();
  const batch = median(batches);
  const events = median(eventsPerCommand);
  const baselines = values.map(() => bare.perSecond(Math.max(1, Math.round(batch * events)), BASELINE_MS) / events);
  bare.close();
  const conditions = [
    `${String(submitters)} submitters through the writer and the log's worker, synchronous=FULL; one track with ${String(AUDIENCE)} peers that stay, ${ROOMY_SETTINGS_TEXT}, ${CLAIMS_TEXT}; each submitter joins a new peer, then it leaves`,
    `mean batch ${batch.toFixed(1)} commands, ${events.toFixed(2)} events a command`,
    `runs of ${String(RUN_MS)} ms`,
    `baseline: ${BARE_INSERTS_TEXT}, as many events per transaction, given in commands`,
  ];
  return figureOf({
    name: nameFor(submitters),
    unit: 'commands/s',
    values,
    baselines,
    conditions: conditions.join('; '),
  });
}

/** Submitters in a closed loop. */
class Crowd {
  /** Only where the commands come from; its tree stays empty. */
  readonly #joins = new GrownTrack();
  #stopping = false;
  #running: Promise<void>[] = [];

  constructor(private readonly writer: TopologyWriter) {}

  async fill(): Promise<void> {
    await Promise.all(Array.from({ length: AUDIENCE }, () => this.#submit(this.#join())));
  }

  /** Every other submitter is there already and leaves first, so that each batch has as many joins as leaves. */
  async start(submitters: number): Promise<void> {
    const present = await Promise.all(Array.from({ length: submitters >> 1 }, () => this.#submit(this.#join())));
    this.#running = Array.from({ length: submitters }, (_, index) => this.#comeAndGo(present[index] ?? null));
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all(this.#running);
  }

  async #comeAndGo(present: number | null): Promise<void> {
    let peer = present;
    while (!this.#stopping) {
      if (peer === null) {
        peer = await this.#submit(this.#join());
      } else {
        await this.#submit({ type: 'Leave', peer });
        peer = null;
      }
    }
  }

  /** @returns the number of the peer. */
  async #submit(command: TopologyCommand): Promise<number> {
    const outcome = await this.writer.submit(TRACK, command);
    if (!outcome.ok || outcome.peer === null) throw new Error(`${command.type} was refused`);
    return outcome.peer;
  }

  /** Names are as random as those of browsers, which decides where their rows go in an index. */
  #join(): TopologyCommand {
    const join = this.#joins.nextJoin();
    return { ...join, identity: { ...join.identity, peerId: randomUUID() } };
  }
}
