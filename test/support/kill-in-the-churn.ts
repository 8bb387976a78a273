import { SeededRandom } from '../../src/cli/audience/seeded-random.js';
import type { TreeJson } from '../../src/history/tree-json.js';
import { eventsOfType, faultsAroundAbsences } from './absence-rules.js';
import type { AudienceEnd } from './audience-process.js';
import { CrashStage, QUICK_HEARTBEATS, QUICK_TIMEOUT_MS, treePath } from './crash-stage.js';
import { eventually, passed } from './eventually.js';
import type { Ended } from './run-meshledger.js';
import type { ServiceProcess } from './service-process.js';

const TRACK = 'live/killed';
/** At most; the audience is sent home when enough was seen. */
const AUDIENCE_SECONDS = 60;
const FIRST_PEER_MS_MAX = 20_000;
/** The service is killed within so long after the first peer is in: while they arrive, churn, beat and leave. */
const KILLED_WITHIN_MS = 4_000;
/** How long the service stays dead, besides the time its start takes. */
const DEAD_MS_MIN = 300;
const DEAD_MS_MAX = 2_000;
const RESUMES_MS_MAX = 45_000;
/** How long the audience goes on churning when many of them are back. */
const AFTERMATH_MS = 1_500;

export interface KillPlan {
  /** Decides at which instant the service is killed, how long it stays dead, and what the viewers do. */
  readonly seed: number;
  readonly peers: number;
}

/** What is left to see after a kill. */
export interface KillFindings {
  readonly audience: AudienceEnd;
  readonly verified: Ended;
  readonly restarts: number;
  /** See `faultsAroundAbsences`. */
  readonly faults: readonly string[];
  /** State hashes that the service told, and those of the fold of its log at the same positions. */
  readonly told: readonly string[];
  readonly folded: readonly string[];
}

/** Kills the service in the middle of a churning audience, starts it again, and looks at everything afterwards. */
export async function killInTheChurn(plan: KillPlan): Promise<KillFindings> {
  const stage = await CrashStage.set();
  try {
    return await run(stage, plan);
  } finally {
    await stage.clear();
  }
}

async function run(stage: CrashStage, { seed, peers }: KillPlan): Promise<KillFindings> {
  const random = new SeededRandom(seed, 0);
  const killed = await stage.serve(...QUICK_HEARTBEATS);
  const watching = stage.audience({ track: TRACK, peers, seconds: AUDIENCE_SECONDS, seed, churn: true });
  await eventually('the first peer is in', FIRST_PEER_MS_MAX, async () => {
    return (await treeOf(killed)).peer_count > 0 ? true : null;
  });
  await passed(random.between(0, KILLED_WITHIN_MS));
  const before = await treeOf(killed);
  await killed.kill();
  await passed(random.between(DEAD_MS_MIN, DEAD_MS_MAX));
  const service = await stage.serve(...QUICK_HEARTBEATS);
  const resumesWanted = Math.floor(before.peer_count / 3);
  await eventually('a third of the peers are back', RESUMES_MS_MAX, () =>
    stage.readLog((reader) => (eventsOfType(reader, TRACK, 'PeerResumed').length >= resumesWanted ? true : null)),
  );
  await passed(AFTERMATH_MS);
  const trees = [before, await treeOf(service)];
  watching.stop();
  const audience = await watching.end();
  trees.push(await treeOf(service));
  await service.terminate();
  return {
    audience,
    verified: await stage.verify(),
    ...stage.readLog((reader) => ({
      restarts: eventsOfType(reader, TRACK, 'ServiceRecovered').filter(({ reason }) => reason === 'restart').length,
      faults: faultsAroundAbsences(reader, TRACK, QUICK_TIMEOUT_MS),
    })),
    told: trees.map((tree) => tree.state_hash),
    folded: await Promise.all(trees.map(async (tree) => (await stage.treeAt(TRACK, tree.position)).state_hash)),
  };
}

async function treeOf(service: ServiceProcess): Promise<TreeJson> {
  const { status, body } = await service.get<TreeJson>(treePath(TRACK));
  if (status !== 200) throw new Error(`the tree is answered with ${String(status)}: ${JSON.stringify(body)}`);
  return body;
}
