import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { evolve } from '../../src/domain/evolve.js';
import type { PeerNumber } from '../../src/domain/ids.js';
import { RelayTree } from '../../src/domain/relay-tree.js';
import { PeerNames } from '../../src/history/peer-names.js';
import { readTimeline, type Timeline, TimelineTeller } from '../../src/history/timeline.js';
import { treeAt } from '../../src/history/tree-at.js';
import { walkLog } from '../../src/history/walk-log.js';
import { MemoryLogReader } from '../support/memory-log-reader.js';
import { playTrack, trackPlan } from '../support/random-track.js';
import type { RecordedTrack } from '../support/recorded-track.js';

/** The same life told with the whole tree at hand, from a look at every event. */
function toldFromWholeTree(
  track: RecordedTrack,
  all: readonly PeerNumber[],
  toldAfter: number,
  untilPosition: number,
): Timeline {
  const reader = new MemoryLogReader(track);
  const numbers = all.filter((number) => number <= untilPosition);
  const then = treeAt(reader, track.name, toldAfter);
  const present = numbers.find((number) => then.peer(number) !== null);
  const start = present === undefined ? toldAfter : present - 1;
  const tree: RelayTree = treeAt(reader, track.name, start);
  const followed = { tree, apply: (event: Parameters<typeof evolve>[1]) => evolve(tree, event) };
  const teller = new TimelineTeller(new PeerNames(reader, track.name), numbers, followed, {
    start,
    toldAfter,
    eachPulse: false,
  });
  walkLog(reader, { track: track.name, afterPosition: start, untilPosition }, teller);
  return { numbers, ...teller.finish() };
}

function numbersByName(track: RecordedTrack): PeerNumber[][] {
  const names = new Map<string, PeerNumber[]>();
  for (const event of track.events) {
    if (event.type !== 'PeerJoined') continue;
    const name = event.identity?.peerId ?? '';
    names.set(name, [...(names.get(name) ?? []), event.peer]);
  }
  return [...names.values()];
}

it('a life told from what names the peer and those above it is the one that a look at every event tells', () => {
  fc.assert(
    fc.property(trackPlan, fc.integer({ min: 0, max: 999 }), fc.integer({ min: 0, max: 999 }), (plan, share, end) => {
      const { track } = playTrack('live/any', plan);
      const reader = new MemoryLogReader(track);
      for (const numbers of numbersByName(track)) {
        const first = (numbers[0] ?? 1) - 1;
        const somewhere = first + Math.floor(((track.events.length - first) * share) / 1000);
        // It may be between the events of one command, where somebody has lost a place and is not decided yet.
        const untilPosition = somewhere + Math.ceil(((track.events.length - somewhere) * end) / 1000);
        for (const [afterPosition, until] of [
          [first, track.events.length],
          [somewhere, track.events.length],
          [somewhere, untilPosition],
          [first, Math.max(first + 1, untilPosition)],
        ] as const) {
          const range = { afterPosition, untilPosition: until };
          expect(readTimeline(reader, track.name, numbers, range)).toEqual(
            toldFromWholeTree(track, numbers, afterPosition, until),
          );
        }
      }
    }),
    { seed: 5, numRuns: 300 },
  );
});

/** Few slots, and no lack of stronger peers who take them from weaker ones. */
const crowdedPlan = fc
  .tuple(trackPlan, fc.integer({ min: 1, max: 2 }), fc.integer({ min: 1, max: 3 }))
  .map(([{ settings, steps }, rootPeerCount, maxDepth]) => {
    const ideas = { swap: true, heir: true, tenureMs: null };
    const joining = steps.map((step, index) =>
      index % 3 === 2 ? step : { ...step, plan: { ...step.plan, kind: 'join' as const } },
    );
    const crowded = { ...settings, policy: 'resilient', ideas, rootPeerCount, maxChildren: 3, maxDepth };
    return { settings: crowded, steps: joining };
  });

it('a life told up to a moment between the events of one command has whoever lost a slot in that moment without it', () => {
  let displaced = 0;
  fc.assert(
    fc.property(crowdedPlan, (plan) => {
      const { track } = playTrack('live/any', plan);
      const reader = new MemoryLogReader(track);
      const decisions = track.events.filter((event) => 'causedBy' in event);
      for (const { position: untilPosition } of decisions) {
        for (const numbers of numbersByName(track)) {
          const first = (numbers[0] ?? 1) - 1;
          if (first >= untilPosition) continue;
          const range = { afterPosition: first, untilPosition };
          const expected = toldFromWholeTree(track, numbers, first, untilPosition);
          expect(readTimeline(reader, track.name, numbers, range)).toEqual(expected);
        }
      }
      displaced += decisions.filter((event) => 'displaced' in event).length;
    }),
    { seed: 6, numRuns: 120 },
  );
  expect(displaced).toBeGreaterThan(20);
});
