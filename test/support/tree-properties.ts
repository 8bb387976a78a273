import fc from 'fast-check';
import { expect } from '@jest/globals';
import type { Outcome, TopologyCommand } from '../../src/domain/commands.js';
import { decide } from '../../src/domain/decide.js';
import type { AssignmentCause, RecordedTopologyEvent, TrackSettings } from '../../src/domain/events.js';
import { fold } from '../../src/domain/evolve.js';
import { findUnsettled, findViolations } from '../../src/domain/invariants.js';
import { REFILLS_PER_COMMAND_MAX } from '../../src/domain/limits.js';
import { RelayTree } from '../../src/domain/relay-tree.js';
import { stateHash } from '../../src/event-log/state-hash.js';
import { type CommandPlan, planned } from './random-commands.js';

/** One command of a random session, with all it came to. */
export interface Step {
  readonly command: TopologyCommand;
  readonly nowMs: number;
  readonly outcome: Outcome;
  readonly events: readonly RecordedTopologyEvent[];
}

export interface Session {
  readonly tree: RelayTree;
  readonly log: readonly RecordedTopologyEvent[];
  readonly steps: readonly Step[];
}

/** Where each peer stands: the number of its parent, 0 for the origin, null without one. */
export type Places = ReadonlyMap<number, number | null>;

export interface StepChecks {
  readonly afterEvent?: (tree: RelayTree, event: RecordedTopologyEvent) => void;
  readonly afterStep?: (tree: RelayTree, step: Step, before: Places) => void;
}

/** Runs a random session on one track. */
export function runSession(settings: TrackSettings, plans: readonly CommandPlan[], checks: StepChecks = {}): Session {
  const tree = new RelayTree();
  const log: RecordedTopologyEvent[] = [];
  const steps: Step[] = [];
  let nowMs = 1_000;
  for (const [index, plan] of plans.entries()) {
    nowMs += plan.elapsedMs;
    const before = checks.afterStep === undefined ? new Map<number, null>() : placesIn(tree);
    const command = planned(tree, plan, settings, index);
    const events: RecordedTopologyEvent[] = [];
    const outcome = decide(tree, command, nowMs, (event) => {
      events.push(event);
      checks.afterEvent?.(tree, event);
    });
    const step = { command, nowMs, outcome, events };
    log.push(...events);
    steps.push(step);
    checks.afterStep?.(tree, step, before);
  }
  return { tree, log, steps };
}

export function placesIn(tree: RelayTree): Places {
  const places = new Map<number, number | null>();
  for (const { number, parent, standing } of tree.peers())
    places.set(number, parent?.number ?? (standing === 'placed' ? 0 : null));
  return places;
}

/** No limit, depth or link is ever wrong, and nobody is left undecided, nor to wait beside a free slot. */
export const soundAtEveryEvent: StepChecks = {
  afterEvent(tree, event) {
    const violations = findViolations(tree);
    if (violations.length > 0) throw new Error(`after ${JSON.stringify(event)}: ${violations.join('; ')}`);
  },
  afterStep(tree, { events }) {
    expect(findUnsettled(tree)).toEqual([]);
    const refills = events.filter((event) => event.type === 'ParentAssigned' && event.cause === 'refilled').length;
    const slotIsFree = tree.hasRootSlot() || tree.bestSlot() !== null;
    if (tree.nextWaiting() !== null && slotIsFree) expect(refills).toBe(REFILLS_PER_COMMAND_MAX);
  },
};

/** Nobody is lost or moved in silence: who goes has an event of departure, who has another parent a decision with cause. */
export const nothingInSilence: StepChecks = {
  afterStep(tree, { command, events, outcome }, before) {
    const after = placesIn(tree);
    const departed = new Set(events.flatMap((event) => (isDeparture(event) ? [event.peer] : [])));
    const decided = new Map(events.flatMap((event) => (isDecision(event) ? [[event.peer, event] as const] : [])));
    const displaced = new Set(events.flatMap((event) => (isDisplacement(event) ? [event.displaced] : [])));
    for (const [peer, parent] of before) {
      if (!after.has(peer)) must(departed.has(peer), `peer ${peer} is gone without an event`);
      else if (after.get(peer) !== parent) must(decided.has(peer), `peer ${peer} was moved without an event`);
    }
    for (const [peer, parent] of after) {
      must(!departed.has(peer), `peer ${peer} departed and is still there`);
      const decision = decided.get(peer);
      must(before.has(peer) || decision !== undefined, `peer ${peer} is new and has no decision`);
      if (decision === undefined) continue;
      if (decision.type === 'ParentAssigned')
        must(
          isMove(decision) || LOST_ITS_PLACE.has(decision.cause) || displaced.has(peer),
          `peer ${peer} was not moved`,
        );
      const told = decision.type === 'ParentAssigned' ? decision.parent : null;
      must(told === parent, `peer ${peer} was told parent ${told} and has ${parent}`);
    }
    expectCauses(command, events);
    if (outcome.ok) expect(outcome.position).toBe(tree.position);
    else expect(events).toEqual([]);
  },
};

/**
 * With these a peer is off its parent before it is decided, and may come back to it: one that stands deeper now, or has a slot
 * again. So may one whose slot was given to another, where its parent has a second one free.
 */
const LOST_ITS_PLACE: ReadonlySet<AssignmentCause> = new Set([
  'orphaned',
  'shrunk',
  'suspected',
  'verified',
  'configured',
]);

/** Whoever gives up a slot that is above a lowered limit may get that of a weaker sibling: another slot under the same parent. */
function isMove(decision: Extract<RecordedTopologyEvent, { type: 'ParentAssigned' }>): boolean {
  return decision.parent !== decision.formerParent || (decision.version === 2 && decision.displaced !== decision.peer);
}

/** The fact that a decision names stands before it, in the same command; timers and operators bring no fact. */
function expectCauses(command: TopologyCommand, events: readonly RecordedTopologyEvent[]): void {
  const own = ['Tend', 'Reassign', 'Tenure', 'Restore'].includes(command.type);
  const facts = new Set<number | null>(
    own ? [null] : events.filter((event) => !isDecision(event)).map((fact) => fact.position),
  );
  for (const event of events)
    if (isDecision(event)) must(facts.has(event.causedBy), `position ${event.position} is caused by ${event.causedBy}`);
}

/** As `expect`, for what is asked a million times: that one costs microseconds. */
function must(holds: boolean, fault: string): void {
  if (!holds) throw new Error(fault);
}

/** What a retry must not change. A resume, an end of a session, a replacement and an absence are new facts each time. */
const REPEATABLE: ReadonlySet<TopologyCommand['type']> = new Set([
  'ClaimCapacity',
  'Leave',
  'Expire',
  'Kick',
  'Reassign',
  'Tend',
  'Close',
  'Tenure',
  'Suspect',
  'Clear',
  'Revoke',
  'Restore',
]);

/** Asked again at once, a command gives the same answer and no second event. */
export const retryIsSafe: StepChecks = {
  afterStep(tree, { command, nowMs, outcome, events }) {
    // Where lowered limits were not met yet, every command works on that, and a wish may be met only afterwards.
    if (!REPEATABLE.has(command.type) || hitsBound(events) || tree.nextSurplus() !== null || tends(events)) return;
    const before = stateHash(tree);
    const again: RecordedTopologyEvent[] = [];
    const answer = decide(tree, command, nowMs, (event) => again.push(event));
    expect(again).toEqual([]);
    expect(stateHash(tree)).toBe(before);
    if (command.type === 'Kick') expect(answer.ok).toBe(false);
    else expect(answer).toEqual(outcome.ok ? { ...outcome, position: tree.position } : outcome);
  },
};

/** The log alone gives the tree that was live, whole or from any point between two of its events. */
export function expectSameTreeFromLog({ tree, log }: Session, splits: readonly number[]): void {
  const live = stateHash(tree);
  expect(stateHash(fold(log))).toBe(live);
  for (const split of splits) {
    const at = split % (log.length + 1);
    expect(stateHash(fold(log.slice(at), fold(log.slice(0, at))))).toBe(live);
  }
}

/** Positions without gaps, times that never go back, numbers that are positions. */
export function expectOrderedLog({ log }: Session): void {
  let recordedAt = 0;
  for (const [index, event] of log.entries()) {
    expect(event.position).toBe(index + 1);
    expect(event.recordedAt).toBeGreaterThanOrEqual(recordedAt);
    recordedAt = event.recordedAt;
  }
}

export function both(...checks: readonly StepChecks[]): StepChecks {
  return {
    afterEvent(tree, event) {
      for (const check of checks) check.afterEvent?.(tree, event);
    },
    afterStep(tree, step, before) {
      for (const check of checks) check.afterStep?.(tree, step, before);
    },
  };
}

type Decision = Extract<RecordedTopologyEvent, { type: 'ParentAssigned' | 'PeerWaiting' }>;
type Departure = Extract<RecordedTopologyEvent, { type: 'PeerLeft' | 'PeerTimedOut' | 'PeerKicked' }>;

export function isDecision(event: RecordedTopologyEvent): event is Decision {
  return event.type === 'ParentAssigned' || event.type === 'PeerWaiting';
}

function isDisplacement(event: RecordedTopologyEvent): event is Extract<Decision, { version: 2 }> {
  return event.type === 'ParentAssigned' && event.version === 2;
}

export function isDeparture(event: RecordedTopologyEvent): event is Departure {
  return event.type === 'PeerLeft' || event.type === 'PeerTimedOut' || event.type === 'PeerKicked';
}

/** Whether links above a lowered limit were moved, or given up for none. */
function tends(events: readonly RecordedTopologyEvent[]): boolean {
  return events.some(
    (event) =>
      (event.type === 'ParentAssigned' && event.cause === 'configured') ||
      (event.type === 'PeerWaiting' && event.causedBy === null),
  );
}

function hitsBound(events: readonly RecordedTopologyEvent[]): boolean {
  return events.length >= REFILLS_PER_COMMAND_MAX;
}

/** Points at which a log is cut in two. */
export const splitPoints = fc.array(fc.nat(10_000), { minLength: 3, maxLength: 3 });
