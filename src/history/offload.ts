import type { RelayTree } from '../domain/relay-tree.js';

/**
 * Share of viewers that peers feed, in percent with one decimal; 0 when there are none. Who waits for a slot is fed by nobody.
 *
 * @param relayed peers that have a place and are no roots. @param all peers.
 */
export function offloadPercentage(relayed: number, all: number): number {
  return all === 0 ? 0 : Math.round((relayed * 1000) / all) / 10;
}

/** `offloadPercentage` of one track. */
export function offloadOf(tree: RelayTree): number {
  return offloadPercentage(relayedIn(tree), tree.size);
}

/** Peers that other peers feed. */
export function relayedIn({ placedCount, rootCount }: Pick<RelayTree, 'placedCount' | 'rootCount'>): number {
  return placedCount - rootCount;
}
