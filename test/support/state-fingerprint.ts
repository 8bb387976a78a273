import type { PeerNode } from '../../src/domain/peer-node.js';
import { stateHash } from '../../src/event-log/state-hash.js';
import type { TrackState } from '../../src/event-log/track-state.js';

/** All that two states must have in common to be one: hash, every field of every peer, queues, the order of silence, what monitors still have to judge. */
export function fingerprintOf({ tree, liveness }: TrackState): object {
  return {
    hash: stateHash(tree),
    position: tree.position,
    recordedAt: tree.recordedAt,
    settings: tree.settings,
    counts: [tree.size, tree.rootCount, tree.placedCount, tree.unplacedCount],
    next: [tree.nextUnplaced(), tree.nextWaiting(), tree.nextTenure(), tree.bestSlot()].map((peer) => peer?.number),
    peers: [...tree.peers()].map(plain),
    faults: tree.placement?.findFaults(tree) ?? [],
    heard: [...liveness.bySilence()].map((peer) => ({ ...peer, longerSilent: null, shorterSilent: null })),
    restartedAt: liveness.restartedAt,
    lastResumeAt: liveness.lastResumeAt,
    accused: [...liveness.accused],
    doubted: [...liveness.doubted],
    revokedUntil: [...liveness.revokedUntil],
  };
}

/** Links become numbers. Places in heaps are left out: they depend on the way there, and nothing depends on them. */
function plain(peer: PeerNode): object {
  return {
    ...peer,
    parent: peer.parent?.number ?? null,
    children: peer.children.map((child) => child.number),
    heapPlaces: null,
    // Kept up to date only while it says something.
    subtreeSize: peer.standing === 'unplaced' ? peer.subtreeSize : null,
  };
}
