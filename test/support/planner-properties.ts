import { MOVES_PER_COMMAND_MAX, SURPLUS_MOVES_PER_COMMAND_MAX } from '../../src/domain/limits.js';
import type { PeerNode } from '../../src/domain/peer-node.js';
import type { RelayTree } from '../../src/domain/relay-tree.js';
import { isDecision, type StepChecks } from './tree-properties.js';

/** Causes of moves that nothing made necessary. */
const BY_CHOICE = ['swapped', 'promoted', 'tenured', 'refilled'];

/**
 * While lowered limits are not met, no event adds to what is above them; a command moves no more of it than it may, and when a tick
 * finds some there is less afterwards.
 */
export function surplusOnlyShrinks(): StepChecks {
  let excess = 0;
  return {
    afterEvent(tree, event) {
      const now = excessOf(tree);
      if (event.type !== 'TrackConfigured' && now > excess)
        throw new Error(`${JSON.stringify(event)} adds to the surplus: ${excess} before, ${now} after`);
      excess = now;
    },
    afterStep(tree, { command, events }) {
      const moved = events.filter((event) => event.type === 'ParentAssigned' && event.cause === 'configured');
      if (moved.length > SURPLUS_MOVES_PER_COMMAND_MAX) throw new Error(`${moved.length} moved at once`);
      const decided = events.filter(isDecision).length;
      if (command.type === 'Tend' && tree.nextSurplus() !== null && decided < SURPLUS_MOVES_PER_COMMAND_MAX)
        throw new Error('the surplus was not worked off as far as it may be');
    },
  };
}

/** Beyond what a departure or a lower claim makes necessary, a command moves no more than the constant says. */
export const movesAreBounded: StepChecks = {
  afterStep(_tree, { events }) {
    const moves = events.filter((event) => event.type === 'ParentAssigned' && BY_CHOICE.includes(event.cause)).length;
    const most = MOVES_PER_COMMAND_MAX + SURPLUS_MOVES_PER_COMMAND_MAX;
    if (moves > most) throw new Error(`${moves} moves in one command`);
  },
};

/**
 * Under `resilient` with its swap: the first who waits takes the place of a weaker peer where it could and there is one; and no capacity lies
 * idle at the bottom that could serve those who wait above.
 */
export const noCapacityStarves: StepChecks = {
  afterStep(tree, { events }) {
    const { settings } = tree;
    if (settings?.policy !== 'resilient' || settings.ideas?.swap === false || tree.nextSurplus() !== null) return;
    const first = tree.nextWaiting();
    if (first === null || events.length >= MOVES_PER_COMMAND_MAX) return;
    const above = [...tree.peers()].filter((peer) => peer.standing === 'placed' && peer.depth < settings.maxDepth);
    const weakest = Math.min(...above.map((peer) => peer.effectiveCapacity));
    if (spareOf(first) - 1 >= weakest) throw new Error(`peer ${first.number} waits and could swap`);
    const strongest = bottomOf(tree, settings.maxDepth).reduce(
      (most, peer) => Math.max(most, peer.effectiveCapacity),
      0,
    );
    if (strongest - 1 >= weakest) throw new Error(`capacity ${strongest} lies idle at the bottom while somebody waits`);
  },
};

function bottomOf(tree: RelayTree, maxDepth: number): PeerNode[] {
  return [...tree.peers()].filter((peer) => peer.standing === 'placed' && peer.depth === maxDepth);
}

function spareOf(peer: PeerNode): number {
  return peer.effectiveCapacity - peer.children.length;
}

/** Links above the limits in force. */
function excessOf(tree: RelayTree): number {
  const { settings } = tree;
  if (settings === null) return 0;
  let excess = Math.max(0, tree.rootCount - settings.rootPeerCount);
  for (const peer of tree.peers()) {
    excess += Math.max(0, peer.children.length - peer.effectiveCapacity);
    if (peer.standing === 'placed' && peer.depth > settings.maxDepth) excess += 1;
  }
  return excess;
}
