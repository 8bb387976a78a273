import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { PeerNode } from '../../src/domain/peer-node.js';
import { CHILDREN_PER_PEER_MAX, MOVES_PER_COMMAND_MAX } from '../../src/domain/limits.js';
import type { RelayTree } from '../../src/domain/relay-tree.js';
import { doubtingPlan, resilientSettings } from '../support/random-commands.js';
import { runSession } from '../support/tree-properties.js';

const settings = resilientSettings.map((drawn) => ({ ...drawn, ideas: { ...drawn.ideas, swap: true } }));
const sessions = fc.array(doubtingPlan, { maxLength: 80 });

/** A scan of everybody for what the policy looks up in its index: a placed peer whose slot the newcomer may take. */
function canGiveWay(tree: RelayTree, weaker: PeerNode, stronger: PeerNode): boolean {
  return (
    weaker.standing === 'placed' &&
    weaker.depth < tree.settings!.maxDepth &&
    weaker.effectiveCapacity < stronger.effectiveCapacity &&
    weaker.children.length + 1 <= stronger.effectiveCapacity - stronger.children.length
  );
}

describe('the policy resilient, whatever happens', () => {
  it('lets nobody wait while a legal swap could place him', () => {
    fc.assert(
      fc.property(settings, sessions, (drawn, session) => {
        runSession(drawn, session, {
          afterStep(tree) {
            const placed = [...tree.peers()].filter(({ standing }) => standing === 'placed');
            for (const waiting of tree.waitingTops) {
              expect(placed.filter((weaker) => canGiveWay(tree, weaker, waiting)).map(({ number }) => number)).toEqual(
                [],
              );
            }
          },
        });
      }),
      { numRuns: 300 },
    );
  });

  it('wastes no capacity at the bottom while pure viewers wait', () => {
    fc.assert(
      fc.property(settings, sessions, (drawn, session) => {
        runSession(drawn, session, {
          afterStep(tree) {
            if (tree.waitingTops.length === 0) return;
            const placed = [...tree.peers()].filter(({ standing }) => standing === 'placed');
            const bottom = placed.filter(({ depth }) => depth === drawn.maxDepth);
            const pairs = bottom.filter((strong) => placed.some((weaker) => canGiveWay(tree, weaker, strong)));
            expect(pairs.map(({ number }) => number)).toEqual([]);
          },
        });
      }),
      { numRuns: 300 },
    );
  });

  it('moves no more peers in one command than its bound and one departure make it', () => {
    fc.assert(
      fc.property(settings, sessions, (drawn, session) => {
        for (const { events } of runSession(drawn, session).steps) {
          const moves = events.filter(({ type }) => type === 'ParentAssigned').length;
          expect(moves).toBeLessThanOrEqual(MOVES_PER_COMMAND_MAX + CHILDREN_PER_PEER_MAX);
        }
      }),
      { numRuns: 100 },
    );
  });
});
