import type { RecordedTopologyEvent } from '../../domain/events.js';
import type { Position } from '../../domain/ids.js';
import type { RelayTree } from '../../domain/relay-tree.js';
import { causeOf, type Incident, type IncidentWatch, inOrder } from './incident.js';
import type { IncidentThresholds } from './thresholds.js';

/** Causes of one moment's fall that are remembered. */
const CAUSES_PER_FALL_MAX = 16;

/** The offload between two moments. */
interface Sample {
  readonly position: Position;
  readonly at: number;
  /** When the next moment changed it. */
  until: number;
  readonly permille: number;
  readonly audience: number;
}

interface Drop {
  readonly before: Sample;
  after: Sample;
  readonly causes: Set<Position>;
}

/** Finds falls of the share of viewers that peers feed: the origin, or nobody, has to do the rest. */
export class OffloadDrops implements IncidentWatch {
  readonly #found: Drop[] = [];
  /** Samples of the window that no later one exceeds: the first is the highest. */
  readonly #peaks: Sample[] = [];
  /** What led to the falls within the window, in order. */
  readonly #falls: { readonly at: number; readonly causes: readonly Position[] }[] = [];
  readonly #momentCauses = new Set<Position>();
  #last: Sample | null = null;
  #open: Drop | null = null;

  constructor(private readonly thresholds: IncidentThresholds) {}

  /** Looks where one moment ends and the next begins: within a moment peers are still being placed. */
  before(event: RecordedTopologyEvent, tree: RelayTree): void {
    if (tree.position > 0 && event.recordedAt > tree.recordedAt) this.#look(tree);
    if (changesOffload(event) && this.#momentCauses.size < CAUSES_PER_FALL_MAX) this.#momentCauses.add(causeOf(event));
  }

  finish(tree: RelayTree): Incident[] {
    if (tree.position > 0) this.#look(tree);
    return this.#found.map(incidentOf);
  }

  #look(tree: RelayTree): void {
    const { position, recordedAt: at, size: audience } = tree;
    const relayed = tree.placedCount - tree.rootCount;
    const permille = audience === 0 ? 0 : Math.round((relayed * 1_000) / audience);
    const sample: Sample = { position, at, until: at, permille, audience };
    if (this.#last !== null) this.#last.until = at;
    const fell = this.#last !== null && permille < this.#last.permille;
    if (fell) this.#falls.push({ at, causes: [...this.#momentCauses] });
    this.#momentCauses.clear();
    this.#last = sample;
    this.#forget(at - this.thresholds.offloadWindowMs);
    while ((this.#peaks.at(-1)?.permille ?? Infinity) <= permille) this.#peaks.pop();
    this.#peaks.push(sample);
    this.#compare(this.#peaks[0] ?? sample, sample);
  }

  #compare(before: Sample, after: Sample): void {
    const { offloadPointsMin, offloadAudienceMin } = this.thresholds;
    const fall = before.permille - after.permille;
    if (fall <= 0 || fall < offloadPointsMin * 10 || before.audience < offloadAudienceMin) {
      this.#open = null;
      return;
    }
    if (this.#open === null) {
      const causes = this.#falls.filter(({ at }) => at > before.at).flatMap((one) => one.causes);
      this.#open = { before, after, causes: new Set(causes) };
      this.#found.push(this.#open);
    } else if (after.permille < this.#open.after.permille) {
      this.#open.after = after;
      for (const cause of this.#falls.at(-1)?.causes ?? []) this.#open.causes.add(cause);
    }
  }

  #forget(beforeMs: number): void {
    while ((this.#peaks[0]?.until ?? Infinity) < beforeMs) this.#peaks.shift();
    while ((this.#falls[0]?.at ?? Infinity) < beforeMs) this.#falls.shift();
  }
}

function incidentOf({ before, after, causes }: Drop): Incident {
  const figures = { beforePermille: before.permille, afterPermille: after.permille, audience: before.audience };
  const size = Math.ceil((Math.abs(before.permille - after.permille) * after.audience) / 1_000);
  return {
    kind: 'offload_drop',
    rules: ['offload_drop'],
    firstPosition: Math.min(before.position + 1, after.position),
    lastPosition: after.position,
    startedAt: before.until,
    endedAt: after.at,
    peers: [],
    hit: [],
    size,
    causes: inOrder(causes),
    figures: { kind: 'offload_drop', ...figures },
    consequences: [],
  };
}

function changesOffload({ type }: RecordedTopologyEvent): boolean {
  return (
    type !== 'PeerResumed' &&
    type !== 'PeerDisconnected' &&
    type !== 'StallReported' &&
    type !== 'PlanFollowed' &&
    type !== 'PeerTenured' &&
    type !== 'ServiceRecovered'
  );
}
