import { openEventLogReader, type SqliteEventLogReader } from '../../src/event-log/sqlite-event-log-reader.js';
import { momentAtTime, momentOf } from '../../src/history/moment.js';
import type { Benchmark, Figure } from './benchmark.js';
import { PAST_TRACK, withPastLog } from './past-log.js';
import type { PastQuestion } from './past-reader.js';
import { withPastThread } from './past-thread.js';
import { randomBelow, seededRandom } from './seeded-random.js';
import { questionNames, type TimedQuestion, timedQuestions } from './timed-questions.js';

const HOUR_MS = 3_600_000;
/** Positions among which somebody surely joins. */
const JOIN_WITHIN = 20_000;

interface Question extends TimedQuestion {
  /** The question at a random place; its answer is made to the last character of JSON. */
  at(reader: SqliteEventLogReader, random: () => number): PastQuestion;
}

const QUESTIONS: readonly Question[] = [
  {
    name: 'timeline_ms',
    perRun: 40,
    text: 'the whole life of somebody who joined at a random position, to the JSON',
    at(reader, random) {
      const { position: untilPosition } = headOf(reader);
      const peer = joinNear(reader, randomBelow(random, untilPosition - JOIN_WITHIN));
      return { kind: 'timeline', track: PAST_TRACK, isCold: false, peer, untilPosition };
    },
  },
  {
    name: 'diff_ms',
    perRun: 10,
    text: 'two random moments an hour apart (as far apart as the log is long, when that is less), to the JSON',
    at(reader, random) {
      const head = headOf(reader);
      const begunAt = momentOf(reader, PAST_TRACK, 1).recordedAt ?? 0;
      const fromMs = begunAt + randomBelow(random, Math.max(1, head.recordedAt - begunAt - HOUR_MS));
      const [from, to] = [fromMs, fromMs + HOUR_MS].map((at) => momentAtTime(reader, head, at).position);
      return { kind: 'diff', track: PAST_TRACK, isCold: false, from: from ?? 0, to: to ?? 0 };
    },
  },
];

/** `timeline_ms_*`, `diff_ms_*`: one life, and two moments, of a long log. */
export const pastQuestions: Benchmark = {
  names: QUESTIONS.flatMap(({ name }) => questionNames(name)),
  measure: (wanted) =>
    withPastLog((log) =>
      withPastThread(log.dataDir, async (ask) => {
        const reader = openEventLogReader(log.dataDir);
        try {
          const figures: Figure[] = [];
          for (const question of QUESTIONS) {
            if (!questionNames(question.name).some((name) => wanted.has(name))) continue;
            const random = seededRandom(11);
            const text = `${question.text}; ${log.text}; one reader for all, in a thread with the memory of a history thread`;
            const next = (): PastQuestion => question.at(reader, random);
            figures.push(...(await timedQuestions({ ...question, text }, next, ask)));
          }
          return figures;
        } finally {
          reader.close();
        }
      }),
    ),
};

function headOf(reader: SqliteEventLogReader): NonNullable<ReturnType<SqliteEventLogReader['head']>> {
  const head = reader.head(PAST_TRACK);
  if (head === null) throw new Error(`the log has no track ${PAST_TRACK}`);
  return head;
}

function joinNear(reader: SqliteEventLogReader, afterPosition: number): number {
  const range = { track: PAST_TRACK, afterPosition, untilPosition: afterPosition + JOIN_WITHIN };
  for (const event of reader.topologyEvents(range)) if (event.type === 'PeerJoined') return event.peer;
  throw new Error(`nobody joins behind position ${String(afterPosition)}`);
}
