import { beforeEach, expect, it } from '@jest/globals';
import { MediaReports } from '../../src/sdk/media-reports.js';
import type { PageClock } from '../../src/sdk/page-clock.js';

let nowMs: number;
let tick: () => void;
let counts: { forwarded: number; received: number };
let reports: unknown[];
let stalls: number[];
let media: MediaReports;

beforeEach(() => {
  nowMs = 0;
  counts = { forwarded: 0, received: 0 };
  reports = [];
  stalls = [];
  const clock: PageClock = {
    nowMs: () => nowMs,
    after: () => () => undefined,
    every: (_periodMs, task) => {
      tick = task;
      return () => undefined;
    },
  };
  media = new MediaReports({
    clock,
    counts: () => counts,
    sendReport: (sent) => reports.push(sent),
    sendStall: (silentMs) => stalls.push(silentMs),
  });
});

function pass(seconds: number): void {
  for (let second = 0; second < seconds; second += 1) {
    nowMs += 1_000;
    tick();
  }
}

it('reports each second while the numbers change, and every five when they do not', () => {
  for (let frames = 1; frames <= 3; frames += 1) {
    counts = { forwarded: frames, received: frames };
    pass(1);
  }
  expect(reports).toEqual([1, 2, 3].map((frames) => ({ forwarded: frames, received: frames })));
  pass(10);
  expect(reports).toHaveLength(5);
});

it('complains after two seconds without media, and again every two while it lasts', () => {
  media.expect(true);
  pass(7);
  expect(stalls).toEqual([2_000, 4_000, 6_000]);
  media.media();
  pass(1);
  expect(stalls).toHaveLength(3);
  pass(1);
  expect(stalls.at(-1)).toBe(2_000);
});

it('does not complain before it has a place, nor while it waits for one', () => {
  pass(5);
  media.expect(true);
  pass(1);
  media.expect(false);
  pass(10);
  expect(stalls).toEqual([]);
});
