import { PeerHeap } from './peer-heap.js';
import type { Standing } from './peer-node.js';
import { placedSooner } from './peer-order.js';
import { WaitingPeers } from './waiting-peers.js';

/** Those who have no parent and are to get one: the tops of subtrees that are not fed. */
export class Queues {
  /** To be decided within the present command: those with capacity first, then the larger subtree, then the earlier join. */
  readonly unplaced = new PeerHeap('queue', placedSooner);
  /** No slot was found for them. */
  readonly waiting = new WaitingPeers();

  /** Where a peer stands that stands so; null for one that stands in no queue. */
  of(standing: Standing): PeerHeap | WaitingPeers | null {
    if (standing === 'unplaced') return this.unplaced;
    return standing === 'waiting' ? this.waiting : null;
  }
}
