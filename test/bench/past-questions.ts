import { openEventLogReader, type SqliteEventLogReader } from '../../src/event-log/sqlite-event-log-reader.js';
import { diffOf } from '../../src/history/diff.js';
import { momentAtTime, momentOf } from '../../src/history/moment.js';
import { PeerNames } from '../../src/history/peer-names.js';
import { readTimeline } from '../../src/history/timeline.js';
import { timelineJson } from '../../src/history/timeline-json.js';
import type { Benchmark, Figure } from './benchmark.js';
import { PAST_TRACK, withPastLog } from './past-log.js';
import { randomBelow, seededRandom } from './seeded-random.js';
import { questionNames, type TimedQuestion, timedQuestions } from './timed-questions.js';

const HOUR_MS = 3_600_000;
/** Positions among which somebody surely joins. */
const JOIN_WITHIN = 20_000;

interface Question extends TimedQuestion {
  /** Answers at a random place, to the last character of JSON. */
  ask(reader: SqliteEventLogReader, random: () => number): string;
}

const QUESTIONS: readonly Question[] = [
  {
    name: 'timeline_ms',
    perRun: 40,
    text: 'the whole life of somebody who joined at a random position, to the JSON',
    ask(reader, random) {
      const head = headOf(reader);
      const peer = joinNear(reader, randomBelow(random, head.position - JOIN_WITHIN));
      const range = { afterPosition: 0, untilPosition: head.position };
      const timeline = readTimeline(reader, PAST_TRACK, [peer], range);
      return JSON.stringify(
        timelineJson(
          PAST_TRACK,
          null,
          timeline,
          momentOf(reader, PAST_TRACK, head.position),
          new PeerNames(reader, PAST_TRACK),
        ),
      );
    },
  },
  {
    name: 'diff_ms',
    perRun: 10,
    text: 'two random moments an hour apart (as far apart as the log is long, when that is less), to the JSON',
    ask(reader, random) {
      const head = headOf(reader);
      const begunAt = momentOf(reader, PAST_TRACK, 1).recordedAt ?? 0;
      const from = begunAt + randomBelow(random, Math.max(1, head.recordedAt - begunAt - HOUR_MS));
      const ends = { from: momentAtTime(reader, head, from), to: momentAtTime(reader, head, from + HOUR_MS) };
      return JSON.stringify(diffOf(reader, PAST_TRACK, ends));
    },
  },
];

/** `timeline_ms_*`, `diff_ms_*`: one life, and two moments, of a long log. */
export const pastQuestions: Benchmark = {
  names: QUESTIONS.flatMap(({ name }) => questionNames(name)),
  measure: (wanted) =>
    withPastLog(async (log) => {
      const reader = openEventLogReader(log.dataDir);
      try {
        const figures: Figure[] = [];
        for (const question of QUESTIONS) {
          if (!questionNames(question.name).some((name) => wanted.has(name))) continue;
          const random = seededRandom(11);
          const text = `${question.text}; ${log.text}; one reader for all`;
          figures.push(...(await timedQuestions({ ...question, text }, () => question.ask(reader, random))));
        }
        return figures;
      } finally {
        reader.close();
      }
    }),
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
