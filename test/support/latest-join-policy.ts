import type { TrackSettings } from '../../src/domain/events.js';
import type { PeerNode } from '../../src/domain/peer-node.js';
import type {
  Decisions,
  Placement,
  PlacementPolicy,
  SurveyedTree,
} from '../../src/domain/policies/placement-policy.js';

/**
 * A whole policy in one file, as docs/planner.md tells a newcomer to write one: whoever joined last with a free slot is the parent. Of no use
 * but to show that it is enough. It looks at all peers, which a released policy must not.
 */
export const latestJoin: PlacementPolicy = {
  name: 'latest-join',
  version: 99,
  begin: (settings) => new LatestJoinPlacement(settings),
};

class LatestJoinPlacement implements Placement {
  readonly tenureMs = null;
  readonly #placed = new Set<PeerNode>();

  constructor(private readonly settings: TrackSettings) {}

  add(peer: PeerNode): void {
    this.#placed.add(peer);
  }

  remove(peer: PeerNode): void {
    this.#placed.delete(peer);
  }

  bestSlot(): PeerNode | null {
    const free = [...this.#placed].filter((peer) => this.#hasSlot(peer));
    return free.reduce<PeerNode | null>((best, peer) => (peer.number > (best?.number ?? 0) ? peer : best), null);
  }

  settle(tree: SurveyedTree, decisions: Decisions): void {
    this.#placeUnplaced(tree, decisions);
    for (let peer = tree.nextWaiting(); peer !== null && this.#isRoom(tree); peer = tree.nextWaiting()) {
      decisions.assign(peer, this.#slot(tree), 'refilled');
      this.#placeUnplaced(tree, decisions);
    }
  }

  reassign(): void {
    return;
  }

  tenured(): void {
    return;
  }

  suspected(tree: SurveyedTree, _suspect: PeerNode, _orphans: readonly PeerNode[], decisions: Decisions): void {
    this.settle(tree, decisions);
  }

  planOf(): null {
    return null;
  }

  findFaults(): string[] {
    return [...this.#placed].filter((peer) => peer.standing !== 'placed').map((peer) => `lists ${String(peer.number)}`);
  }

  #placeUnplaced(tree: SurveyedTree, decisions: Decisions): void {
    for (let peer = tree.nextUnplaced(); peer !== null; peer = tree.nextUnplaced()) {
      if (this.#isRoom(tree)) decisions.assign(peer, this.#slot(tree), peer.unplacedBecause);
      else decisions.wait(peer);
    }
  }

  #isRoom(tree: SurveyedTree): boolean {
    return tree.hasRootSlot() || this.bestSlot() !== null;
  }

  #slot(tree: SurveyedTree): PeerNode | null {
    return tree.hasRootSlot() ? null : this.bestSlot();
  }

  #hasSlot(peer: PeerNode): boolean {
    return peer.depth < this.settings.maxDepth && peer.children.length < peer.effectiveCapacity;
  }
}
