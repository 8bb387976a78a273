import type { AssignmentCause } from '../events.js';
import type { PeerNode } from '../peer-node.js';
import type { RelayTree } from '../relay-tree.js';

/** How a policy's choices enter the tree: each becomes an event and is applied at once. */
export interface Decisions {
  /** @param parent null for the origin. */
  assign(peer: PeerNode, parent: PeerNode | null, cause: AssignmentCause): void;
  wait(peer: PeerNode): void;
}

/**
 * Decides who relays to whom. A choice depends on the tree alone, ends every tie in a total order, and looks at no more
 * peers than an index hands it. A released version is never changed: a better rule is a new version.
 */
export interface PlacementPolicy {
  readonly name: string;
  readonly version: number;
  /** Gives a parent to everyone who is unplaced, or lets them wait; then fills slots that are free from the waiting. */
  settle(tree: RelayTree, decisions: Decisions): void;
  /** An operator wants a better parent for this placed peer: moves it if the policy's order knows one, else leaves it. */
  reassign(tree: RelayTree, peer: PeerNode, decisions: Decisions): void;
}
