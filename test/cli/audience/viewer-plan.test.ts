import { describe, expect, it } from '@jest/globals';
import { planViewer } from '../../../src/cli/audience/viewer-plan.js';

const RUN_SECONDS = 60;
const plans = (seed: number) =>
  Array.from({ length: 4_000 }, (_, viewer) => planViewer(seed, viewer, true, RUN_SECONDS));

describe('the plan of an audience', () => {
  it('is the same for the same seed, and another for another seed', () => {
    expect(plans(1)).toEqual(plans(1));
    expect(plans(1)).not.toEqual(plans(2));
  });

  it('claims 0, 1, 2 and 3 children with 30, 20, 20 and 30 per cent', () => {
    const shares = [0, 1, 2, 3].map((capacity) => plans(1).filter((plan) => plan.capacity === capacity).length / 4_000);
    for (const [capacity, share] of [0.3, 0.2, 0.2, 0.3].entries()) expect(shares[capacity]).toBeCloseTo(share, 1);
  });

  it('lets one departure in five be silent, and two registers in a hundred be sent twice', () => {
    expect(plans(1).filter((plan) => plan.vanishes).length / 4_000).toBeCloseTo(0.2, 1);
    const twice = plans(1).filter((plan) => plan.registersTwice).length;
    expect(twice).toBeGreaterThan(40);
    expect(twice).toBeLessThan(120);
  });

  it('draws sessions that end within twice the run, more than half of them within the run', () => {
    const sessions = plans(1).map((plan) => plan.sessionMs ?? 0);
    expect(Math.max(...sessions)).toBeLessThanOrEqual(2 * RUN_SECONDS * 1_000);
    expect(Math.min(...sessions)).toBeGreaterThanOrEqual(1_000);
    expect(sessions.filter((sessionMs) => sessionMs < RUN_SECONDS * 1_000).length).toBeGreaterThan(2_000);
  });

  it('lets nobody depart without churn, and changes nothing else', () => {
    const [calm, churning] = [planViewer(3, 5, false, RUN_SECONDS), planViewer(3, 5, true, RUN_SECONDS)];
    expect(calm).toEqual({ ...churning, sessionMs: null });
  });
});
