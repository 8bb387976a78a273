/** Larger trees are answered by a history thread, which folds the log: writing and hashing them would delay heartbeats. */
export const LIVE_TREE_PEERS_MAX = 2_000;
