import { PeerHeap } from './peer-heap.js';
import type { PeerNode, Standing } from './peer-node.js';
import { placedSooner } from './peer-order.js';
import { WaitingPeers } from './waiting-peers.js';

/**
 * Those who have no parent and are to get one: the tops of subtrees that are not fed. A function of the tree; listed when somebody first
 * asks who is next, which whoever decides does and a replay does not.
 */
export class Queues {
  #unplaced = newUnplaced();
  #waiting = new WaitingPeers();
  #isFilled = false;

  constructor(private readonly peers: () => Iterable<PeerNode>) {}

  /** To be decided within the present command: those with capacity first, then the larger subtree, then the earlier join. */
  get unplaced(): PeerHeap {
    this.#fill();
    return this.#unplaced;
  }

  /** No slot was found for them. */
  get waiting(): WaitingPeers {
    this.#fill();
    return this.#waiting;
  }

  /** Lists a peer that stands as those in one of the queues do; without effect for others. */
  add(peer: PeerNode): void {
    if (this.#isFilled) this.#of(peer.standing)?.add(peer);
  }

  /** Must be called before the peer's standing, children or capacity change. */
  remove(peer: PeerNode): void {
    if (this.#isFilled) this.#of(peer.standing)?.remove(peer);
  }

  /** Everybody's turn may be another one now: the queues are listed anew when they are next asked for. */
  forget(): void {
    this.#unplaced = newUnplaced();
    this.#waiting = new WaitingPeers();
    this.#isFilled = false;
  }

  #fill(): void {
    if (this.#isFilled) return;
    this.#isFilled = true;
    for (const peer of this.peers()) this.add(peer);
  }

  #of(standing: Standing): PeerHeap | WaitingPeers | null {
    if (standing === 'unplaced') return this.#unplaced;
    return standing === 'waiting' ? this.#waiting : null;
  }
}

function newUnplaced(): PeerHeap {
  return new PeerHeap('queue', placedSooner);
}
