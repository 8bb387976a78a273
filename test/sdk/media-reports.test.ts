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
  media.expect('Leaf', true);
  pass(7);
  expect(stalls).toEqual([2_000, 4_000, 6_000]);
  media.media();
  pass(1);
  expect(stalls).toHaveLength(3);
  pass(1);
  expect(stalls.at(-1)).toBe(2_000);
});

/** Moves the peer as soon as it complains, and gives the seconds it took to. */
function patienceAfter(moves: number, role: 'Leaf' | 'Relay'): number[] {
  const waited: number[] = [];
  for (let move = 0; move < moves; move += 1) {
    media.expect(role, true);
    const before = stalls.length;
    while (stalls.length === before) pass(1);
    waited.push(stalls.at(-1)! / 1_000);
  }
  return waited;
}

it('as a leaf is twice as patient with each parent, up to a limit, while no media comes from any', () => {
  expect(patienceAfter(5, 'Leaf')).toEqual([2, 4, 8, 8, 8]);
  pass(4);
  expect(stalls.slice(-3)).toEqual([8_000, 10_000, 12_000]);
  media.media();
  pass(2);
  expect(stalls.at(-1)).toBe(2_000);
});

it('does not lose patience by being told its place again, nor by waiting for one', () => {
  for (const role of ['Leaf', 'Root', 'Waiting', 'Leaf'] as const) media.expect(role, true);
  expect(patienceAfter(1, 'Leaf')).toEqual([2]);
  for (const role of ['Root', 'Waiting'] as const) media.expect(role, true);
  expect(patienceAfter(1, 'Leaf')).toEqual([4]);
});

it('is not more patient with a parent it stays with, whatever becomes of its own children', () => {
  media.expect('Leaf', true);
  for (const role of ['Relay', 'Leaf', 'Relay', 'Leaf'] as const) {
    pass(2);
    media.expect(role, false);
  }
  pass(2);
  expect(stalls).toEqual([2_000, 2_000, 2_000, 2_000, 2_000]);
});

it('complains as soon as ever while it feeds others, whom it would else be blamed by', () => {
  expect(patienceAfter(3, 'Leaf')).toEqual([2, 4, 8]);
  expect(patienceAfter(3, 'Relay')).toEqual([2, 2, 2]);
});

it('does not complain before it has a place, nor while it waits for one', () => {
  pass(5);
  media.expect('Leaf', true);
  pass(1);
  media.expect('Waiting', true);
  pass(10);
  expect(stalls).toEqual([]);
});
