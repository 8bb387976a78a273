import { describe, expect, it } from '@jest/globals';
import { figureOf, median, quantile } from './benchmark.js';
import { costPercentage } from './durability-cost.js';
import { emmettEventOf } from './emmett-store.js';
import { chooseLogEvents, logEvents, LOG_EVENTS } from './log-size.js';
import { metricIn } from './server-process.js';

describe('figures of a benchmark', () => {
  it('are the median of the runs, with the ratio of the medians', () => {
    const figure = figureOf({ name: 'a', unit: 'ms', values: [9, 1, 2], baselines: [4, 8, 4], conditions: 'none' });
    expect(figure).toMatchObject({ value: 2, baseline: 4, ratio: 0.5, runs: 3 });
  });

  it('have no ratio without a baseline', () => {
    expect(figureOf({ name: 'a', unit: 'ms', values: [1], conditions: 'none' })).toMatchObject({
      baseline: null,
      ratio: null,
    });
  });

  it('take a quantile between two values in proportion', () => {
    expect([median([1, 4]), quantile([0, 10], 0.99), quantile([5], 0.999)]).toEqual([2.5, 9.9, 5]);
  });

  it('say by how much durable registers are fewer, and below zero when they are more', () => {
    expect(costPercentage({ durable: 750, forgetful: 1000 })).toBe(25);
    expect(costPercentage({ durable: 1100, forgetful: 1000 })).toBeCloseTo(-10);
  });

  it('read a metric by its whole name', () => {
    const text = '# HELP a_b about\na_b_c 7\na_b 4\n';
    expect([metricIn(text, 'a_b'), metricIn(text, 'b')]).toEqual([4, null]);
  });
});

describe('the length of the long logs', () => {
  it('is what was asked for, or stays as it was', () => {
    expect(logEvents()).toBe(LOG_EVENTS);
    expect(['1e6', '99999', '100000001', ''].map(chooseLogEvents)).toEqual([false, false, false, false]);
    expect(logEvents()).toBe(LOG_EVENTS);
    expect(chooseLogEvents('200000')).toBe(true);
    expect(logEvents()).toBe(200_000);
  });
});

describe('an event for Emmett', () => {
  it('has all fields but the type as its data', () => {
    const event = { type: 'PeerResumed', version: 1, position: 4, recordedAt: 5, peer: 2 } as const;
    expect(emmettEventOf(event)).toEqual({
      type: 'PeerResumed',
      data: { version: 1, position: 4, recordedAt: 5, peer: 2 },
    });
  });
});
