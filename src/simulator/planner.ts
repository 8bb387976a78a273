import type { TopologyCommand } from '../domain/commands.js';
import type { AssignmentCause } from '../domain/events.js';
import type { PeerNumber } from '../domain/ids.js';

/** Where the service now wants a peer. `parent` is `ORIGIN` for the origin, null when the peer is to wait. */
export type Direction = Readonly<{ peer: PeerNumber; parent: PeerNumber | null; cause: AssignmentCause | 'waiting' }>;

/** What a child does when its parent is gone, as it was told before. */
export type PushedPlan = Readonly<{ rank: 'heir' | 'sibling'; connectTo: PeerNumber }>;

/** A service under test: takes commands, and says where peers are to go. */
export interface Planner {
  /** Whether children report stalls and follow pushed plans. */
  readonly pushesPlans: boolean;
  /** After how long in the track a peer gets its `Tenure` command; null for never. Milliseconds. */
  readonly tenureMs: number | null;
  /** @returns the peer it was about; null for none. */
  submit(command: TopologyCommand, nowMs: number): PeerNumber | null;
  /** What was decided since the last call, the last direction of each peer only, in the order in which these were given. */
  takeDirections(): Iterable<Direction>;
  childrenOf(peer: PeerNumber): readonly PeerNumber[];
  plansBelow(peer: PeerNumber): ReadonlyMap<PeerNumber, PushedPlan>;
  /** Calls `visit` with the true depth of every peer that the planner believes placed and that has a way to the origin. */
  visitDepths(visit: (depth: number) => void): void;
  /** Looks at the whole tree. @returns how many rules it breaks. */
  countViolations(): number;
  /** Rules broken at any event so far; null where nobody looked. */
  readonly violations: number | null;
  stateHash(): string;
}
