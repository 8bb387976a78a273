import type { Benchmark, Figure } from './benchmark.js';
import { PAST_TRACK, type PastLog, withPastLog } from './past-log.js';
import { withPastThread } from './past-thread.js';
import { randomBelow, seededRandom } from './seeded-random.js';
import { withServiceOn } from './server-process.js';
import { questionNames, timedQuestions } from './timed-questions.js';

const QUESTIONS = 50;

/** Asks for the tree after the event at a position. */
type Ask = (position: number) => void | Promise<void>;

interface Way {
  /** What its names begin with. */
  readonly name: string;
  readonly text: string;
  /** Runs `work` with a way to ask. */
  with(dataDir: string, work: (ask: Ask) => Promise<Figure[]>): Promise<Figure[]>;
}

const WAYS: readonly Way[] = [
  {
    name: 'as_of_ms',
    text: 'warm: one reader for all of them, in a thread with the memory of a history thread; to the tree and its state hash',
    with: (dataDir, work) =>
      withPastThread(dataDir, (ask) =>
        work((position) => ask({ kind: 'as_of', track: PAST_TRACK, position, isCold: false })),
      ),
  },
  {
    name: 'as_of_cold_ms',
    text: 'cold: files opened, statements prepared and the pages of SQLite read anew for each, in such a thread; to the tree and its state hash',
    with: (dataDir, work) =>
      withPastThread(dataDir, (ask) =>
        work((position) => ask({ kind: 'as_of', track: PAST_TRACK, position, isCold: true })),
      ),
  },
  {
    name: 'as_of_json_ms',
    text: 'over HTTP from the service, a process of its own, to the last byte of the JSON',
    with: (dataDir, work) =>
      withServiceOn(dataDir, ({ port }) =>
        work(async (position) => {
          const path = `/api/v1/tracks/${encodeURIComponent(PAST_TRACK)}/tree?position=${String(position)}`;
          const response = await fetch(`http://127.0.0.1:${String(port)}${path}`);
          await response.arrayBuffer();
          if (!response.ok) throw new Error(`${path} was answered ${String(response.status)}`);
        }),
      ),
  },
];

/** `as_of_*`: the tree of a random position of a long log, as an operator asks for it. */
export const asOf: Benchmark = {
  names: WAYS.flatMap(({ name }) => questionNames(name)),
  measure: (wanted) =>
    withPastLog(async (log) => {
      const figures: Figure[] = [];
      for (const way of WAYS) {
        if (!questionNames(way.name).some((name) => wanted.has(name))) continue;
        figures.push(...(await way.with(log.dataDir, (ask) => measureWay(way, log, ask))));
      }
      return figures;
    }),
};

function measureWay({ name, text }: Way, log: PastLog, ask: Ask): Promise<Figure[]> {
  const random = seededRandom(9);
  const question = { name, perRun: QUESTIONS, text: `random positions; ${log.text}; ${text}` };
  return timedQuestions(question, () => 1 + randomBelow(random, log.events), ask);
}
