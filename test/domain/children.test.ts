import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { addChild, removeChild } from '../../src/domain/children.js';
import { newPeerNode, NO_CHILDREN, type PeerNode } from '../../src/domain/peer-node.js';
import { SETTINGS } from '../event-log/sample-log.js';

it('lists children in order of joining, however they come and go, and leaves the list of the childless empty', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 20 }), { maxLength: 60 }), (numbers) => {
      const peers = Array.from({ length: 21 }, (_, number) => peer(number + 2));
      const parent = peer(1);
      const present = new Set<PeerNode>();
      for (const child of numbers.map((number) => peers[number] ?? parent)) {
        if (present.delete(child)) removeChild(parent, child);
        else {
          present.add(child);
          addChild(parent, child);
        }
        expect(parent.children).toEqual(peers.filter((one) => present.has(one)));
        expect(parent.children === NO_CHILDREN).toBe(present.size === 0);
        expect(NO_CHILDREN).toHaveLength(0);
      }
    }),
  );
});

function peer(number: number): PeerNode {
  return newPeerNode(number, 0, null, null, SETTINGS);
}
