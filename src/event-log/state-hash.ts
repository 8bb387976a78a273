import { createHash } from 'node:crypto';
import { canonicalState } from '../domain/canonical-state.js';
import type { RelayTree } from '../domain/relay-tree.js';

/**
 * SHA-256 (hex) of the canonical topology state: equal for the live tree, a full replay, and a snapshot with its tail. Takes
 * about 25 ms for 100,000 peers, so it is not for the thread that serves sockets.
 */
export function stateHash(tree: RelayTree): string {
  return createHash('sha256').update(canonicalState(tree)).digest('hex');
}
