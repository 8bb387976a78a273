import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { TopologyCommand } from '../../src/domain/commands.js';
import { decide } from '../../src/domain/decide.js';
import type { Choice } from '../../src/domain/decision-trace.js';
import type { RecordedTopologyEvent } from '../../src/domain/events.js';
import { ORIGIN } from '../../src/domain/ids.js';
import { RelayTree } from '../../src/domain/relay-tree.js';
import { commandPlan, doubtingPlan, resilientSettings, trackSettings } from '../support/random-commands.js';
import { runSession, type Step } from '../support/tree-properties.js';
import { track } from '../support/given-when-then.js';

/** A decision and the choice behind it; `peers` were in the track just before. */
interface Traced {
  readonly choice: Choice;
  readonly event: RecordedTopologyEvent;
  readonly peers: number;
}

/** The same commands once more, with somebody who wants to know about every choice. */
function traced(steps: readonly Pick<Step, 'command' | 'nowMs'>[]): {
  log: RecordedTopologyEvent[];
  told: Traced[];
  untold: RecordedTopologyEvent[];
} {
  const tree = new RelayTree();
  const log: RecordedTopologyEvent[] = [];
  const told: Traced[] = [];
  const untold: RecordedTopologyEvent[] = [];
  let last: { choice: Choice; peers: number } | null = null;
  const emit = (event: RecordedTopologyEvent): void => {
    log.push(event);
    if (last !== null) told.push({ ...last, event });
    else if (event.type === 'ParentAssigned' || event.type === 'PeerWaiting') untold.push(event);
    last = null;
  };
  for (const { command, nowMs } of steps)
    decide(tree, command, nowMs, emit, (choice) => {
      last = { choice: choice(), peers: tree.size };
    });
  return { log, told, untold };
}

/** Whom a rule chooses, as the event names it. */
function chosenBy({ rule }: Choice, event: RecordedTopologyEvent): number | null | undefined {
  if (event.type !== 'ParentAssigned') return null;
  if (rule === 'heir' || rule === 'stand_in') return event.peer;
  if (rule === 'weaker_peer' || rule === 'weaker_peer_for_the_strongest' || rule === 'idle_above')
    return event.version === 2 ? event.displaced : undefined;
  return event.parent;
}

describe('the trace of a decision', () => {
  it.each([
    ['shallowest', trackSettings, commandPlan],
    ['resilient', resilientSettings, doubtingPlan],
  ] as const)(
    'changes no decision of %s, and tells why of each: whom it took is first in the order it tells',
    (_, settings, plan) => {
      fc.assert(
        fc.property(settings, fc.array(plan, { maxLength: 80 }), (rules, plans) => {
          const session = runSession(rules, plans);
          const { log, told, untold } = traced(session.steps);
          expect(log).toEqual(session.log);
          expect(untold).toEqual([]);
          for (const { choice, event } of told) {
            expect(choice.winner).toBe(chosenBy(choice, event));
            expect(choice.runnersUp.map(({ lost }) => lost)).not.toContain('not_chosen');
          }
        }),
        { numRuns: 100, seed: 20261101 },
      );
    },
  );

  it('counts every peer of the track once where a slot is chosen, and finds an eligible one for each winner', () => {
    fc.assert(
      fc.property(resilientSettings, fc.array(doubtingPlan, { maxLength: 80 }), (rules, plans) => {
        for (const { choice, peers } of traced(runSession(rules, plans).steps).told) {
          const { candidates, rule, winner, runnersUp } = choice;
          if (!['root_slot', 'tenured_slot', 'viewer_slot', 'better_slot', 'no_slot'].includes(rule)) continue;
          const [origin, ...others] = candidates;
          expect(origin).toMatchObject({ name: 'free_root_slots' });
          expect(others.reduce((sum, { count }) => sum + count, 0)).toBe(peers);
          const eligible = others.filter((some) => some.eligible).reduce((sum, { count }) => sum + count, 0);
          if (winner === null) expect([origin!.count, eligible]).toEqual([0, 0]);
          else if (winner === ORIGIN) expect(origin!.count).toBeGreaterThan(0);
          else expect(eligible).toBeGreaterThan(Math.min(runnersUp.length, 4));
        }
      }),
      { numRuns: 80, seed: 20261102 },
    );
  });

  it('names who would have been next, and in which step of the order each of them lost', () => {
    const settings = track({ rootPeerCount: 3, maxChildren: 2 });
    const join = (peerId: string, capacity: number | null): TopologyCommand => ({
      type: 'Join',
      identity: { peerId, resumeHash: null },
      capacity,
      settings,
      peersMax: 100,
      replace: false,
    });
    const steps = [
      join('a', 2),
      join('b', 0),
      join('c', 2),
      join('under-a', 2),
      join('under-c', 2),
      join('next-under-a', 0),
    ].map((command, index) => ({ command, nowMs: 1_000 + index }));
    expect(traced(steps).told.at(-1)?.choice).toEqual({
      rule: 'shallowest_slot',
      winner: 2,
      candidates: [
        { name: 'free_root_slots', count: 0, eligible: true },
        { name: 'not_placed', count: 1, eligible: false },
        { name: 'serves_nobody', count: 1, eligible: false },
        { name: 'with_slot', count: 4, eligible: true },
      ],
      runnersUp: [
        { peer: 6, lost: 'joined_later' },
        { peer: 8, lost: 'deeper' },
        { peer: 10, lost: 'deeper' },
      ],
    });
  });
});
