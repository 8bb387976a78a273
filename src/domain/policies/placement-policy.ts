import type { DecisionTrace } from '../decision-trace.js';
import type { AssignmentCause, TrackSettings } from '../events.js';
import type { PeerNode } from '../peer-node.js';

/** How a policy's choices enter the tree: each becomes an event and is applied at once. */
export interface Decisions {
  /**
   * @param parent null for the origin.
   * @param displaced whoever stands under `parent` now and gives up this slot; it is unplaced with all below it.
   */
  assign(peer: PeerNode, parent: PeerNode | null, cause: AssignmentCause, displaced?: PeerNode): void;
  wait(peer: PeerNode): void;
  /** Hears why, just before each of these; null when nobody asks. */
  readonly trace: DecisionTrace | null;
}

/** What a policy sees of the tree. The tree knows the policy too, so this is all that is said of it here. */
export interface SurveyedTree {
  /** Whoever needs a parent now, in the order in which they are to get one. */
  nextUnplaced(): PeerNode | null;
  /** Whoever is to get the next slot that comes free. */
  nextWaiting(): PeerNode | null;
  /** Whether the origin can feed one more. */
  hasRootSlot(): boolean;
  /** In order of joining; for checks, never for choices. */
  peers(): Iterable<PeerNode>;
}

/** The slot a placed peer has left, and the children it fed. */
export interface Vacancy {
  /** Null for the origin. */
  readonly parent: PeerNode | null;
  /** Unplaced now; in order of joining. */
  readonly orphans: readonly PeerNode[];
}

/** What a peer does when its parent is gone, without waiting for the service. */
export interface Plan {
  readonly rank: 'heir' | 'sibling';
  /** Null for the origin. */
  readonly connectTo: PeerNode | null;
}

/**
 * One policy at work on one track: its choices, and the indexes it makes them from. The tree calls `remove` before and `add` after
 * every change to a placed peer, so the indexes are always right.
 */
export interface Placement {
  add(peer: PeerNode): void;
  remove(peer: PeerNode): void;
  /**
   * Stands for `remove` and `add` where only the number of children has changed, which is the most frequent change of all; a policy that
   * leaves this out gets those. The peer has the new number already.
   */
  childrenChanged?(peer: PeerNode, before: number): void;
  /** Gives a parent to everyone who is unplaced, or lets them wait; then fills slots that are free from the waiting. */
  settle(tree: SurveyedTree, decisions: Decisions, vacancy: Vacancy | null): void;
  /** An operator wants a better parent for this placed peer: moves it if the policy's order knows one, else leaves it. */
  reassign(tree: SurveyedTree, peer: PeerNode, decisions: Decisions): void;
  /** A peer has reached tenure: it may take a better place once. */
  tenured(tree: SurveyedTree, peer: PeerNode, decisions: Decisions): void;
  /** `orphans` were the children of `suspect`, which keeps its slot unless somebody takes it. */
  suspected(tree: SurveyedTree, suspect: PeerNode, orphans: readonly PeerNode[], decisions: Decisions): void;
  /** After how many milliseconds in the track a peer is tenured; null when the policy knows no tenure. */
  readonly tenureMs: number | null;
  /** The peer whose free slot is next. */
  bestSlot(): PeerNode | null;
  /** What the peer does when its parent is gone; a pure function of the tree. */
  planOf(peer: PeerNode): Plan | null;
  /** Compares the indexes with a scan of all peers. @returns one sentence for each fault. */
  findFaults(tree: SurveyedTree): string[];
}

/**
 * Decides who relays to whom. A choice depends on the tree alone, ends every tie in a total order, and looks at no more
 * peers than an index hands it. A released version is never changed: a better rule is a new version.
 */
export interface PlacementPolicy {
  readonly name: string;
  readonly version: number;
  begin(settings: TrackSettings): Placement;
}
