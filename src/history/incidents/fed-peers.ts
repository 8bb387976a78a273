import type { PeerNumber } from '../../domain/ids.js';
import type { PeerNode } from '../../domain/peer-node.js';
import type { RelayTree } from '../../domain/relay-tree.js';
import type { TreeWatcher } from '../../domain/tree-watcher.js';
import type { FeedChange } from './incident.js';

const NO_CHANGE: FeedChange = { cut: [], fed: [] };

/** Knows who is fed, and after each event whose feed it took or gave. */
export class FedPeers implements TreeWatcher {
  readonly #fed = new Set<PeerNumber>();
  readonly #cut = new Set<PeerNumber>();
  readonly #gained = new Set<PeerNumber>();

  /** @param tree is watched from now on. */
  constructor(private readonly tree: RelayTree) {
    for (const peer of tree.peers()) if (peer.standing === 'placed') this.#fed.add(peer.number);
    tree.watcher = this;
  }

  changed({ number, standing }: PeerNode): void {
    if (standing === 'placed') {
      if (this.#fed.has(number)) return;
      this.#fed.add(number);
      if (!this.#cut.delete(number)) this.#gained.add(number);
    } else if (this.#fed.delete(number) && !this.#gained.delete(number)) this.#cut.add(number);
  }

  detached(): void {
    // Who moves from one parent to another within one event is fed all along.
  }

  /** What has changed since the last call. */
  takeChange(): FeedChange {
    if (this.#cut.size === 0 && this.#gained.size === 0) return NO_CHANGE;
    const isPresent = (peer: PeerNumber): boolean => this.tree.peer(peer) !== null;
    const change = { cut: [...this.#cut].filter(isPresent), fed: [...this.#gained].filter(isPresent) };
    this.#cut.clear();
    this.#gained.clear();
    return change;
  }
}
