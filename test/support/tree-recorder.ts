import { SeededRandom } from '../../src/cli/audience/seeded-random.js';
import { SegmentSet } from '../../src/event-log/segment-set.js';
import { SqliteEventLogReader } from '../../src/event-log/sqlite-event-log-reader.js';
import { momentOf } from '../../src/history/moment.js';
import { livenessAt, treeAt } from '../../src/history/tree-at.js';
import type { TreeJson } from '../../src/history/tree-json.js';
import { treeText } from '../../src/history/tree-text.js';
import { eventsOfType } from './absence-rules.js';
import { CrashStage, QUICK_HEARTBEATS, treePath } from './crash-stage.js';
import { eventually, passed } from './eventually.js';
import type { ServiceProcess } from './service-process.js';

const TRACK = 'live/recorded';
const ARRIVED_MS_MAX = 300_000;
const DEAD_MS = 500;
const AUDIENCE_SECONDS_MAX = 600;

/** How a churning audience is recorded. */
export interface RecordingPlan {
  /** Decides when the service is asked, and what the viewers do. */
  readonly seed: number;
  readonly peers: number;
  /** Times the service is killed, at even distances. */
  readonly kills: number;
  /** Answers recorded between two kills. */
  readonly answersPerLife: number;
  /** Between two answers, at most. */
  readonly pauseMsMax: number;
  /** Fresh connections per second; the verb's own default when absent. */
  readonly joinRate?: number;
  /** Flags of the service; quick heartbeats when absent. */
  readonly flags?: readonly string[];
}

/** What the service answered while it was at it. */
export interface RecordedAnswer {
  readonly text: string;
  readonly liveness: boolean;
}

/** The same question, answered by the service then and by the log now. */
export interface ToldAndFolded {
  readonly position: number;
  readonly told: string;
  readonly folded: string;
  /** The same from the first event on, without a snapshot. */
  readonly foldedWithoutSnapshots: string;
  /** Peers that the log holds for overdue at that position and the service, later by its clock, did not. */
  readonly overdueTooEarly: readonly (string | null)[];
}

export interface Recording {
  readonly restarts: number;
  readonly trees: readonly ToldAndFolded[];
  readonly withLiveness: readonly ToldAndFolded[];
}

/** Asks a real service for its tree while an audience churns and kills strike, and asks its log for the same positions afterwards. */
export async function recordTrees(plan: RecordingPlan): Promise<Recording> {
  const stage = await CrashStage.set();
  try {
    const answers = await recordAnswers(stage, plan);
    return stage.readLog((reader) => {
      const plain = new SqliteEventLogReader(new SegmentSet(stage.dataDir));
      const compared = answers.map((answer) => ({ liveness: answer.liveness, ...compare(reader, plain, answer) }));
      plain.close();
      return {
        restarts: eventsOfType(reader, TRACK, 'ServiceRecovered').filter(({ reason }) => reason === 'restart').length,
        trees: compared.filter(({ liveness }) => !liveness),
        withLiveness: compared.filter(({ liveness }) => liveness),
      };
    });
  } finally {
    await stage.clear();
  }
}

async function recordAnswers(stage: CrashStage, plan: RecordingPlan): Promise<RecordedAnswer[]> {
  const random = new SeededRandom(plan.seed, 0);
  const answers: RecordedAnswer[] = [];
  const { peers, seed, flags = QUICK_HEARTBEATS } = plan;
  let service = await stage.serve(...flags);
  const pace = plan.joinRate === undefined ? {} : { joinRate: plan.joinRate };
  const audience = stage.audience({ track: TRACK, peers, seconds: AUDIENCE_SECONDS_MAX, seed, churn: true, ...pace });
  const gone = audience.end().then(({ exitCode, stderr }) => {
    throw new Error(`the audience ended with ${String(exitCode)} before it was recorded: ${stderr}`);
  });
  const arrived = eventually('most of the audience is in', ARRIVED_MS_MAX, async () =>
    (JSON.parse(await askTree(service, false)) as TreeJson).peer_count >= peers * 0.8 ? true : null,
  );
  // Only until it is in: afterwards it is sent home.
  gone.catch(() => undefined);
  await Promise.race([arrived, gone]);
  for (let life = 0; life <= plan.kills; life += 1) {
    if (life > 0) {
      await service.kill();
      await passed(DEAD_MS);
      service = await stage.serve(...flags);
    }
    for (let answer = 0; answer < plan.answersPerLife; answer += 1) {
      const liveness = answer % 2 === 1;
      answers.push({ text: await askTree(service, liveness), liveness });
      await passed(random.between(0, plan.pauseMsMax));
    }
  }
  await audience.kill();
  await service.terminate();
  return answers;
}

async function askTree(service: ServiceProcess, liveness: boolean): Promise<string> {
  const answer = await fetch(`${service.url}${treePath(TRACK)}${liveness ? '?liveness=true' : ''}`);
  const text = await answer.text();
  if (answer.status !== 200) throw new Error(`the tree is answered with ${String(answer.status)}: ${text}`);
  return text;
}

type Reader = Parameters<Parameters<CrashStage['readLog']>[0]>[0];

function compare(reader: Reader, plain: Reader, { text, liveness }: RecordedAnswer): ToldAndFolded {
  const { position } = JSON.parse(text) as TreeJson;
  const [folded, foldedWithoutSnapshots] = [reader, plain].map((log) => textAt(log, position, liveness));
  if (folded === undefined || foldedWithoutSnapshots === undefined) throw new Error('both logs give a tree');
  if (!liveness) return { position, told: text, folded, foldedWithoutSnapshots, overdueTooEarly: [] };
  const then = (JSON.parse(text) as TreeJson).peers;
  const now = (JSON.parse(folded) as TreeJson).peers;
  const overdueTooEarly = now.filter((peer, index) => peer.overdue === true && then[index]?.overdue !== true);
  return {
    position,
    told: withoutOverdue(text),
    folded: withoutOverdue(folded),
    foldedWithoutSnapshots: withoutOverdue(foldedWithoutSnapshots),
    overdueTooEarly: overdueTooEarly.map((peer) => peer.peer_id),
  };
}

function textAt(reader: Reader, position: number, liveness: boolean): string {
  const tree = treeAt(reader, TRACK, position);
  const { recordedAt } = momentOf(reader, TRACK, position);
  const view = liveness ? { liveness: livenessAt(reader, TRACK, tree, position), atMs: recordedAt ?? 0 } : null;
  return treeText(TRACK, tree, position, recordedAt, view);
}

/** The service judges deadlines by its clock, the log by its last event: that moment is the one thing that may differ. */
function withoutOverdue(text: string): string {
  return text.replaceAll(/,"overdue":(true|false)/g, '');
}
