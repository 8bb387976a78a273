import type { RecordedTopologyEvent } from '../../domain/events.js';
import type { PeerNumber, Position } from '../../domain/ids.js';
import type { RelayTree } from '../../domain/relay-tree.js';
import { type Incident, type IncidentWatch, isShare } from './incident.js';
import { INCIDENT_PEERS_NAMED_MAX, type IncidentThresholds } from './thresholds.js';

interface Wait {
  readonly firstPosition: Position;
  readonly startedAt: number;
  readonly peers: readonly PeerNumber[];
  waitingMax: number;
  audience: number;
}

/** Finds times in which a part of the audience was fed by nobody, for want of slots. */
export class LongWaits implements IncidentWatch {
  readonly #found: Incident[] = [];
  #wait: Wait | null = null;
  #lastedUntilMs = 0;

  constructor(private readonly thresholds: IncidentThresholds) {}

  /** Looks at the tree where one moment ends and the next begins: within a moment peers are still being placed. */
  before(event: RecordedTopologyEvent, tree: RelayTree): void {
    if (tree.position > 0 && event.recordedAt > tree.recordedAt) this.#look(tree, event.recordedAt);
  }

  finish(tree: RelayTree): Incident[] {
    this.#look(tree, tree.recordedAt);
    this.#end(tree.position, tree.recordedAt);
    return this.#found;
  }

  #look(tree: RelayTree, untilMs: number): void {
    const { waitingPeersMin, waitingPercentageMin } = this.thresholds;
    const waiting = tree.size - tree.placedCount;
    if (waiting === 0 || waiting < waitingPeersMin || !isShare(waiting, tree.size, waitingPercentageMin)) {
      this.#end(tree.position, tree.recordedAt);
      return;
    }
    this.#wait ??= {
      firstPosition: tree.position,
      startedAt: tree.recordedAt,
      peers: tree.waitingTops.slice(0, INCIDENT_PEERS_NAMED_MAX).map(({ number }) => number),
      waitingMax: 0,
      audience: tree.size,
    };
    if (waiting > this.#wait.waitingMax) {
      this.#wait.waitingMax = waiting;
      this.#wait.audience = tree.size;
    }
    this.#lastedUntilMs = untilMs;
  }

  #end(position: Position, atMs: number): void {
    const wait = this.#wait;
    this.#wait = null;
    const endedAt = Math.max(atMs, this.#lastedUntilMs);
    if (wait === null || endedAt - wait.startedAt < this.thresholds.waitingMsMin) return;
    const { firstPosition, startedAt, peers, waitingMax, audience } = wait;
    const figures = { kind: 'long_wait', waitingMax, audience } as const;
    this.#found.push({
      kind: 'long_wait',
      firstPosition,
      lastPosition: position,
      startedAt,
      endedAt,
      peers,
      figures,
    });
  }
}
