import { expect, it } from '@jest/globals';
import { decide } from '../../src/domain/decide.js';
import type { TrackSettings } from '../../src/domain/events.js';
import type { PeerNode } from '../../src/domain/peer-node.js';
import { RelayTree } from '../../src/domain/relay-tree.js';

const SETTINGS: TrackSettings = {
  policy: 'shallowest',
  policyVersion: 1,
  rootPeerCount: 30,
  maxChildren: 3,
  maxDepth: 1_000,
  heartbeatTimeoutMs: 10_000,
};

function join(tree: RelayTree, serial: number): void {
  const identity = { peerId: `peer-${serial}`, resumeHash: null };
  const command = { type: 'Join', identity, capacity: 3, settings: SETTINGS, peersMax: 1e6, replace: false } as const;
  decide(tree, command, serial, () => undefined);
}

/** Which peers one more join looks at: those whose number is read, and every comparison reads it. */
function peersLookedAt(audience: number): number {
  const tree = new RelayTree();
  for (let serial = 0; serial < audience; serial += 1) join(tree, serial);
  const seen = new Set<number>();
  for (const peer of tree.peers()) watchNumber(peer, seen);
  join(tree, audience);
  return seen.size;
}

function watchNumber(peer: PeerNode, seen: Set<number>): void {
  const { number } = peer;
  Object.defineProperty(peer, 'number', {
    get: () => {
      seen.add(number);
      return number;
    },
  });
}

it('defect 14: placing a peer among 64 times as many looks at a few more peers, not at 64 times as many', () => {
  const [few, many] = [peersLookedAt(1_000), peersLookedAt(64_000)];
  expect(few).toBeGreaterThan(0);
  // Two heaps change; each step down or up a heap looks at two peers, and 64 times as many peers are six more steps.
  expect(many - few).toBeLessThanOrEqual(2 * 2 * 6);
  expect(many).toBeLessThan(100);
});
