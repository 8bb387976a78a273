import type { Position } from '../domain/ids.js';
import type { RelayTree } from '../domain/relay-tree.js';
import { stateHash } from '../event-log/state-hash.js';
import { type LivenessView, treeJson } from './tree-json.js';

/** The JSON text of a tree with its state hash: the same bytes for the live tree and for one folded from the log. */
export function treeText(
  track: string,
  tree: RelayTree,
  position: Position,
  recordedAt: number | null,
  view: LivenessView | null,
): string {
  return JSON.stringify(treeJson(track, tree, position, recordedAt, stateHash(tree), view));
}
