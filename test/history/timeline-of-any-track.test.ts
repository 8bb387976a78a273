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
function toldFromWholeTree(track: RecordedTrack, numbers: readonly PeerNumber[], toldAfter: number): Timeline {
  const reader = new MemoryLogReader(track);
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
  walkLog(reader, { track: track.name, afterPosition: start, untilPosition: track.events.length }, teller);
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
    fc.property(trackPlan, fc.integer({ min: 0, max: 999 }), (plan, share) => {
      const { track } = playTrack('live/any', plan);
      const reader = new MemoryLogReader(track);
      for (const numbers of numbersByName(track)) {
        const first = (numbers[0] ?? 1) - 1;
        const somewhere = first + Math.floor(((track.events.length - first) * share) / 1000);
        for (const start of [first, somewhere]) {
          const range = { afterPosition: start, untilPosition: track.events.length };
          expect(readTimeline(reader, track.name, numbers, range)).toEqual(toldFromWholeTree(track, numbers, start));
        }
      }
    }),
    { seed: 5, numRuns: 300 },
  );
});
