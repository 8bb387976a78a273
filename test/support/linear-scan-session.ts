import { expect } from '@jest/globals';
import type { TrackSettings } from '../../src/domain/events.js';
import { LinearScanPlanner } from './linear-scan-planner.js';
import type { CommandPlan } from './random-commands.js';
import { isDeparture, placesIn, runSession } from './tree-properties.js';

/** Has the reference planner plan the same facts, and compares every peer's parent after every command. */
export function expectSameParentsAsLinearScan(settings: TrackSettings, plans: readonly CommandPlan[]): void {
  const reference = new LinearScanPlanner(settings);
  // An operator's reassignment is a wish of its own kind, which the reference does not know.
  const facts = plans.filter((plan) => plan.kind !== 'reassign');
  runSession(settings, facts, {
    afterStep(tree, { events }) {
      for (const event of events) {
        if (event.type === 'PeerJoined') reference.join(event.peer, event.capacity);
        else if (event.type === 'CapacityClaimed') reference.claim(event.peer, event.capacity);
        else if (isDeparture(event)) reference.depart(event.peer);
      }
      expect(reference.size).toBe(tree.size);
      for (const [peer, parent] of placesIn(tree)) {
        const chosen = reference.parentOf(peer);
        const expected = chosen === 'origin' ? 0 : chosen === 'waiting' ? null : chosen;
        if (expected !== parent) throw new Error(`peer ${peer} has parent ${parent}, the search finds ${expected}`);
      }
    },
  });
}
