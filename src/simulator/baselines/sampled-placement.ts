import type { TrackSettings } from '../../domain/events.js';
import { ORIGIN } from '../../domain/ids.js';
import { REFILLS_PER_COMMAND_MAX } from '../../domain/limits.js';
import type { PeerNode } from '../../domain/peer-node.js';
import type { Decisions, Placement } from '../../domain/policies/placement-policy.js';
import type { RelayTree } from '../../domain/relay-tree.js';
import type { SeededRandom } from '../seeded-random.js';

/** Members a newcomer gets to know, beside the origin. */
const SAMPLE = 100;

/** Which of two candidates is the better parent; null is the origin. */
type Rule = (one: PeerNode | null, other: PeerNode | null) => boolean;

/**
 * The textbook rules of Sripanidkulchai et al., "The feasibility of supporting large-scale live streaming applications with dynamic
 * application end-points" (SIGCOMM 2004): each picks among 100 random members and the origin.
 */
export const SAMPLING_RULES: Readonly<Record<string, Rule | undefined>> = {
  /** The first that comes up. */
  random: () => false,
  /** Whoever has been there longest: it may stay longest. The origin was there first. */
  'longest-first': (one, other) => (one?.number ?? ORIGIN) < (other?.number ?? ORIGIN),
  'minimum-depth': (one, other) => (one?.depth ?? -1) < (other?.depth ?? -1),
};

/** A baseline of the simulator; it draws random numbers and so can't be a policy of the service. */
export class SampledPlacement implements Placement {
  readonly tenureMs = null;
  readonly #members: PeerNode[] = [];
  readonly #places = new Map<PeerNode, number>();

  constructor(
    private readonly settings: TrackSettings,
    private readonly isBetter: Rule,
    private readonly random: SeededRandom,
  ) {}

  add(peer: PeerNode): void {
    this.#places.set(peer, this.#members.length);
    this.#members.push(peer);
  }

  remove(peer: PeerNode): void {
    const place = this.#places.get(peer);
    const last = this.#members.pop();
    if (place === undefined || last === undefined) return;
    this.#places.delete(peer);
    if (last === peer) return;
    this.#members[place] = last;
    this.#places.set(last, place);
  }

  settle(tree: RelayTree, decisions: Decisions): void {
    this.#placeUnplaced(tree, decisions);
    for (let refills = 0; refills < REFILLS_PER_COMMAND_MAX; refills += 1) {
      const peer = tree.nextWaiting();
      const parent = peer === null ? 'none' : this.#drawParent(tree);
      if (peer === null || parent === 'none') return;
      decisions.assign(peer, parent, 'refilled');
      this.#placeUnplaced(tree, decisions);
    }
  }

  reassign(): void {
    return;
  }

  tenured(): void {
    return;
  }

  suspected(tree: RelayTree, _suspect: PeerNode, _orphans: readonly PeerNode[], decisions: Decisions): void {
    this.settle(tree, decisions);
  }

  bestSlot(): null {
    return null;
  }

  planOf(): null {
    return null;
  }

  findFaults(): string[] {
    return [];
  }

  #placeUnplaced(tree: RelayTree, decisions: Decisions): void {
    for (let peer = tree.nextUnplaced(); peer !== null; peer = tree.nextUnplaced()) {
      const parent = this.#drawParent(tree);
      if (parent === 'none') decisions.wait(peer);
      else decisions.assign(peer, parent, peer.unplacedBecause);
    }
  }

  /** The members are drawn with their order; the origin comes up at a random place among them. */
  #drawParent(tree: RelayTree): PeerNode | null | 'none' {
    let best: PeerNode | null | 'none' = 'none';
    const draws = Math.min(SAMPLE, this.#members.length);
    const originAt = this.random.below(draws + 1);
    for (let draw = 0; draw <= draws; draw += 1) {
      const candidate = draw === originAt ? null : (this.#members[this.random.below(this.#members.length)] ?? null);
      if (!(candidate === null ? tree.hasRootSlot() : this.#hasSlot(candidate))) continue;
      if (best === 'none' || this.isBetter(candidate, best)) best = candidate;
    }
    return best;
  }

  #hasSlot(peer: PeerNode): boolean {
    return peer.depth < this.settings.maxDepth && peer.children.length < peer.effectiveCapacity;
  }
}
