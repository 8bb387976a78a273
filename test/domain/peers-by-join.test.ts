import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { newPeerNode, type PeerNode } from '../../src/domain/peer-node.js';
import { PeersByJoin } from '../../src/domain/peers-by-join.js';

const SETTINGS = {
  policy: 'shallowest',
  policyVersion: 1,
  rootPeerCount: 1,
  maxChildren: 1,
  maxDepth: 1,
  heartbeatTimeoutMs: 10_000,
};
/** More than fit in one chunk, so that chunks are split, emptied and merged. */
const NUMBERS_MAX = 400;
const PEERS = Array.from({ length: NUMBERS_MAX + 1 }, (_, number) => newPeerNode(number, 0, null, null, SETTINGS));

describe('peers in order of joining', () => {
  it('holds nobody at first', () => {
    const peers = new PeersByJoin();
    expect([peers.first(), peers.last(), peers.size]).toEqual([null, null, 0]);
  });

  it('knows the earliest and the latest of those inside, whoever comes and goes', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: NUMBERS_MAX }), { maxLength: 2_000, size: 'max' }), (numbers) => {
        const peers = new PeersByJoin();
        const model = new Set<number>();
        for (const number of numbers) {
          toggle(peers, model, number);
          expectSame(peers, model);
        }
      }),
      { numRuns: 6, seed: 20261123 },
    );
  });

  it('stays right when all join in a row, and leave from the front, from the back and from the middle', () => {
    for (const pick of [
      (present: readonly number[]) => present[0],
      (present: readonly number[]) => present.at(-1),
      (present: readonly number[]) => present[present.length >> 1],
    ]) {
      const peers = new PeersByJoin();
      const model = new Set<number>();
      for (let number = 1; number <= NUMBERS_MAX; number += 1) toggle(peers, model, number);
      for (let next = pick([...model]); next !== undefined; next = pick([...model])) {
        toggle(peers, model, next);
        expectSame(peers, model);
      }
    }
  });

  it('takes no harm from a removal of somebody who is not inside', () => {
    const peers = new PeersByJoin();
    peers.remove(peerOf(7));
    peers.add(peerOf(3));
    peers.remove(peerOf(7));
    expect([peers.size, peers.has(peerOf(3)), peers.has(peerOf(7))]).toEqual([1, true, false]);
  });
});

function toggle(peers: PeersByJoin, model: Set<number>, number: number): void {
  expect(peers.has(peerOf(number))).toBe(model.has(number));
  if (model.delete(number)) peers.remove(peerOf(number));
  else {
    model.add(number);
    peers.add(peerOf(number));
  }
  expect(peers.has(peerOf(number))).toBe(model.has(number));
}

function expectSame(peers: PeersByJoin, model: ReadonlySet<number>): void {
  const present = [...model].sort((one, other) => one - other);
  expect([peers.first()?.number, peers.last()?.number, peers.size]).toEqual([
    present[0],
    present.at(-1),
    present.length,
  ]);
}

function peerOf(number: number): PeerNode {
  const peer = PEERS[number];
  if (peer === undefined) throw new Error(`no peer ${String(number)}`);
  return peer;
}
