import type { RecordedTopologyEvent } from '../../domain/events.js';
import type { PeerNumber, Position } from '../../domain/ids.js';
import type { RelayTree } from '../../domain/relay-tree.js';
import { causeOf, type FeedChange, type Incident, type IncidentWatch, inOrder } from './incident.js';
import type { IncidentThresholds } from './thresholds.js';

/** One peer that is in the track and not fed. */
interface Wait {
  readonly since: number;
  /** What took its feed, or its join; null when it waited already where the range begins. */
  readonly cause: Position | null;
}

/** A time in which somebody has waited for too long. */
interface Stretch {
  readonly firstPosition: Position;
  readonly startedAt: number;
  readonly waits: Map<PeerNumber, Wait>;
  waitingMax: number;
  audience: number;
  waitedMsMax: number;
}

/** Finds times in which peers were fed by nobody for longer than they should be. */
export class LongWaits implements IncidentWatch {
  readonly #found: Incident[] = [];
  /** In order of time. */
  readonly #waiting = new Map<PeerNumber, Wait>();
  /** Those who have waited for too long. */
  readonly #late = new Map<PeerNumber, Wait>();
  #open: Stretch | null = null;

  /** @param tree as it stands where the range begins. */
  constructor(
    private readonly thresholds: IncidentThresholds,
    tree: RelayTree,
  ) {
    for (const { number, standing } of tree.peers())
      if (standing !== 'placed') this.#waiting.set(number, { since: tree.recordedAt, cause: null });
  }

  /** Looks where one moment ends and the next begins: within a moment peers are still being placed. */
  before(event: RecordedTopologyEvent, tree: RelayTree): void {
    if (tree.position > 0 && event.recordedAt > tree.recordedAt) this.#look(tree, event.recordedAt);
  }

  after(event: RecordedTopologyEvent, tree: RelayTree, { cut, fed }: FeedChange): void {
    const wait = { since: event.recordedAt, cause: causeOf(event) };
    if (event.type === 'PeerJoined') this.#waiting.set(event.peer, wait);
    for (const peer of cut) this.#waiting.set(peer, wait);
    for (const peer of fed) this.#end(peer, tree);
    if ('peer' in event && tree.peer(event.peer) === null) this.#end(event.peer, tree);
  }

  finish(tree: RelayTree): Incident[] {
    this.#look(tree, tree.recordedAt);
    this.#close(tree);
    return this.#found;
  }

  #look(tree: RelayTree, untilMs: number): void {
    for (const [peer, wait] of this.#waiting) {
      if (untilMs - wait.since <= this.thresholds.waitingMs) break;
      this.#waiting.delete(peer);
      this.#late.set(peer, wait);
      this.#open?.waits.set(peer, wait);
    }
    if (this.#late.size === 0 || this.#late.size < this.thresholds.waitingPeersMin) return;
    this.#open ??= this.#opened(tree);
    if (this.#late.size > this.#open.waitingMax) {
      this.#open.waitingMax = this.#late.size;
      this.#open.audience = tree.size;
    }
  }

  #opened(tree: RelayTree): Stretch {
    const waits = [...this.#late.values()];
    return {
      firstPosition: waits.reduce((first, { cause }) => Math.min(first, cause ?? Infinity), tree.position),
      startedAt: waits.reduce((first, { since }) => Math.min(first, since), Infinity),
      waits: new Map(this.#late),
      waitingMax: 0,
      audience: tree.size,
      waitedMsMax: 0,
    };
  }

  #end(peer: PeerNumber, tree: RelayTree): void {
    this.#waiting.delete(peer);
    const wait = this.#late.get(peer);
    if (wait === undefined) return;
    if (this.#open !== null) this.#open.waitedMsMax = Math.max(this.#open.waitedMsMax, tree.recordedAt - wait.since);
    this.#late.delete(peer);
    if (this.#late.size === 0 || this.#late.size < this.thresholds.waitingPeersMin) this.#close(tree);
  }

  #close(tree: RelayTree): void {
    const open = this.#open;
    if (open === null) return;
    this.#open = null;
    const { firstPosition, startedAt, waits, waitingMax, audience } = open;
    let { waitedMsMax } = open;
    for (const { since } of this.#late.values()) waitedMsMax = Math.max(waitedMsMax, tree.recordedAt - since);
    this.#found.push({
      kind: 'long_wait',
      rules: ['long_wait'],
      firstPosition,
      lastPosition: tree.position,
      startedAt,
      endedAt: tree.recordedAt,
      peers: [...waits.keys()],
      hit: [],
      size: waits.size,
      causes: inOrder([...waits.values()].flatMap(({ cause }) => cause ?? [])),
      figures: { kind: 'long_wait', waitingMax, audience, waitedMsMax },
      consequences: [],
    });
  }
}
