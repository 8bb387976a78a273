import type { TrackSettings } from '../../src/domain/events.js';
import { ORIGIN, type PeerNumber } from '../../src/domain/ids.js';
import { effectiveCapacity } from '../../src/domain/peer-node.js';
import type { RelayTree } from '../../src/domain/relay-tree.js';

const NOT_FED = -1;

interface ScannedPeer {
  readonly number: PeerNumber;
  readonly capacity: number;
  parent: ScannedPeer | null;
  readonly children: ScannedPeer[];
  depth: number;
}

/**
 * The policy `shallowest` with a linear scan for each placement, as LVQR's planner has it: depths and children are kept with
 * each peer, and what is missing is the index of free slots alone. The baseline of placement and repair. (The planner of
 * test/support keeps nothing at all; it is there to be obviously right, and would flatter us.)
 */
export class ScanPlanner {
  readonly #peers = new Map<PeerNumber, ScannedPeer>();
  #rootCount = 0;

  constructor(private readonly settings: TrackSettings) {}

  /** A copy of a tree in which everybody is placed. */
  static of(tree: RelayTree, settings: TrackSettings): ScanPlanner {
    const planner = new ScanPlanner(settings);
    const peers = planner.#peers;
    for (const { number, claim, depth } of tree.peers()) {
      peers.set(number, {
        number,
        capacity: effectiveCapacity({ claim, suspected: false, revoked: false }, settings),
        parent: null,
        children: [],
        depth,
      });
    }
    for (const { number, parent } of tree.peers()) {
      const peer = peers.get(number);
      const above = parent === null ? undefined : peers.get(parent.number);
      if (peer !== undefined && above !== undefined) planner.#hang(peer, above);
    }
    planner.#rootCount = tree.rootCount;
    return planner;
  }

  /** @returns the number of the parent, `ORIGIN` for a root. */
  join(number: PeerNumber, claim: number | null): PeerNumber {
    const capacity = effectiveCapacity({ claim, suspected: false, revoked: false }, this.settings);
    const peer: ScannedPeer = { number, capacity, parent: null, children: [], depth: NOT_FED };
    this.#peers.set(number, peer);
    this.#place(peer);
    return peer.parent?.number ?? ORIGIN;
  }

  /** Takes a peer out and finds each of its children another parent: capacity first, then the larger subtree, then the earlier. */
  depart(number: PeerNumber): void {
    const peer = this.#peers.get(number);
    if (peer === undefined) throw new Error(`no peer ${String(number)}`);
    this.#peers.delete(number);
    if (peer.parent === null) this.#rootCount -= 1;
    else peer.parent.children.splice(peer.parent.children.indexOf(peer), 1);
    for (const orphan of peer.children) this.#lift(orphan);
    const orphans = peer.children.map((orphan) => ({ orphan, size: sizeOf(orphan) }));
    orphans.sort((one, other) => {
      const serves = Number(other.orphan.capacity > 0) - Number(one.orphan.capacity > 0);
      return serves || other.size - one.size || one.orphan.number - other.orphan.number;
    });
    for (const { orphan } of orphans) this.#place(orphan);
  }

  #place(peer: ScannedPeer): void {
    const parent = this.#rootCount < this.settings.rootPeerCount ? null : this.#scan();
    if (parent === null) this.#rootCount += 1;
    else this.#hang(peer, parent);
    settle(peer, parent === null ? 0 : parent.depth + 1);
  }

  #hang(peer: ScannedPeer, parent: ScannedPeer): void {
    peer.parent = parent;
    parent.children.push(peer);
  }

  /** All peers are looked at; the first of the best wins, and that is the earliest. */
  #scan(): ScannedPeer {
    const { maxDepth } = this.settings;
    let best: ScannedPeer | null = null;
    for (const peer of this.#peers.values()) {
      if (peer.depth === NOT_FED || peer.depth >= maxDepth || peer.children.length >= peer.capacity) continue;
      if (best === null || peer.depth < best.depth) best = peer;
      else if (peer.depth === best.depth && peer.children.length < best.children.length) best = peer;
    }
    if (best === null) throw new Error('the track is full, which these benchmarks rule out');
    return best;
  }

  /** A subtree that is not fed offers no slots. */
  #lift(top: ScannedPeer): void {
    top.parent = null;
    settleAll(top, () => NOT_FED);
  }
}

function settle(top: ScannedPeer, depth: number): void {
  settleAll(top, (level) => depth + level);
}

function settleAll(peer: ScannedPeer, depthAt: (level: number) => number, level = 0): void {
  peer.depth = depthAt(level);
  for (const child of peer.children) settleAll(child, depthAt, level + 1);
}

function sizeOf(peer: ScannedPeer): number {
  return peer.children.reduce((size, child) => size + sizeOf(child), 1);
}
