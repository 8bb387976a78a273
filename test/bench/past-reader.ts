import { parentPort, workerData } from 'node:worker_threads';
import { stateHash } from '../../src/event-log/state-hash.js';
import { openEventLogReader, type SqliteEventLogReader } from '../../src/event-log/sqlite-event-log-reader.js';
import { diffOf } from '../../src/history/diff.js';
import { momentOf } from '../../src/history/moment.js';
import { PeerNames } from '../../src/history/peer-names.js';
import { readTimeline } from '../../src/history/timeline.js';
import { timelineJson } from '../../src/history/timeline-json.js';
import { treeAt } from '../../src/history/tree-at.js';

/** A question about one track of a log, and whether it is asked of a reader that was opened for it alone. */
export type PastQuestion = Readonly<
  { track: string; isCold: boolean } & (
    | { kind: 'as_of'; position: number }
    | { kind: 'timeline'; peer: number; untilPosition: number }
    | { kind: 'diff'; from: number; to: number }
  )
>;

/** Entry of a thread that answers in the way of a history thread, but does not hand the answer over. */
const port = parentPort;
if (port === null) throw new Error('past-reader runs as a worker thread only');
const dataDir = workerData as string;
let warm: SqliteEventLogReader | null = null;

port.on('message', (question: PastQuestion | null) => {
  if (question === null) {
    warm?.close();
    port.close();
    return;
  }
  if (question.isCold) {
    const reader = openEventLogReader(dataDir);
    answer(reader, question);
    reader.close();
  } else answer((warm ??= openEventLogReader(dataDir)), question);
  port.postMessage(null);
});

function answer(reader: SqliteEventLogReader, question: PastQuestion): string {
  const { track } = question;
  switch (question.kind) {
    case 'as_of':
      return stateHash(treeAt(reader, track, question.position));
    case 'timeline': {
      const range = { afterPosition: 0, untilPosition: question.untilPosition };
      const timeline = readTimeline(reader, track, [question.peer], range);
      const end = momentOf(reader, track, question.untilPosition);
      return JSON.stringify(timelineJson(track, null, timeline, end, new PeerNames(reader, track)));
    }
    case 'diff': {
      const ends = { from: momentOf(reader, track, question.from), to: momentOf(reader, track, question.to) };
      return JSON.stringify(diffOf(reader, track, ends));
    }
  }
}
