import { describe, expect, it } from '@jest/globals';
import { parseScenario } from '../../src/cli/simulate/scenario-file.js';

const file = {
  name: 'cup-final',
  minutes: 90,
  measure_from_minute: 10,
  arrivals: [
    { kind: 'steady', viewers: 2000, after_minutes: 30 },
    { kind: 'flash', viewers: 500, at_minute: 45, within_seconds: 60 },
    { kind: 'curve', points: [{ minute: 0, per_minute: 5 }] },
  ],
  sessions: { kind: 'exponential', mean_seconds: 900 },
  capacities: [
    { capacity: 0, share: 40 },
    { from: 1, to: 4, share: 60 },
  ],
  limits: { root_peer_count: 30, max_children: 3, max_depth: 6 },
  silent_leave_percentage: 25,
};
const parse = (changed: object) => parseScenario('cup.json', JSON.stringify({ ...file, ...changed }));

describe('a scenario file', () => {
  it('says everything a run depends on', () => {
    expect(parse({})).toMatchObject({
      name: 'cup-final',
      runMs: 5_400_000,
      measureFromMs: 600_000,
      sessions: { kind: 'exponential', meanSeconds: 900 },
      capacities: [
        { from: 0, to: 0, share: 40 },
        { from: 1, to: 4, share: 60 },
      ],
      silentShare: 0.25,
      freeRiderShare: 0,
    });
  });

  it.each([
    ['an unknown key', { viewers: 5 }, 'viewers'],
    ['a share beyond all', { free_rider_percentage: 101 }, 'free_rider_percentage'],
    ['no arrivals', { arrivals: [] }, 'arrivals'],
    ['a range that runs backwards', { capacities: [{ from: 3, to: 1, share: 1 }] }, 'from must not be above to'],
    [
      'points that go back',
      {
        arrivals: [
          {
            kind: 'curve',
            points: [
              { minute: 5, per_minute: 1 },
              { minute: 5, per_minute: 2 },
            ],
          },
        ],
      },
      'rise',
    ],
    ['a measure that begins behind the end', { measure_from_minute: 90 }, 'before the end'],
  ])('is refused with %s, and says what is wrong', (_what, changed, named) => {
    expect(() => parse(changed)).toThrow(named);
  });

  it('is refused when it is no JSON', () => {
    expect(() => parseScenario('cup.json', '{')).toThrow('scenario cup.json is not JSON');
  });
});
