import { describe, expect, it } from '@jest/globals';
import type { PeerIdentity } from '../../src/domain/events.js';
import { NameCache } from '../../src/event-log/name-cache.js';

const TRACK = 'live/a';
const named = (peer: number): PeerIdentity => ({ peerId: `peer-${String(peer)}`, resumeHash: null });

/** A cache, and the numbers that were looked up because it did not know them. */
function cacheOf(namesMax: number): {
  all: (...peers: number[]) => (string | null)[];
  lookedUp: number[];
  cache: NameCache;
} {
  const cache = new NameCache(namesMax);
  const lookedUp: number[] = [];
  const all = (...peers: number[]): (string | null)[] =>
    cache
      .all(TRACK, peers, (unknown) => {
        lookedUp.push(...unknown);
        // Uneven ones were forgotten.
        return new Map(unknown.filter((peer) => peer % 2 === 0).map((peer) => [peer, named(peer)]));
      })
      .map((identity) => identity?.peerId ?? null);
  return { all, lookedUp, cache };
}

describe('names that were looked up', () => {
  it('are given in the order they are asked for, and not looked up again', () => {
    const { all, lookedUp } = cacheOf(100);
    expect(all(8, 3, 2)).toEqual(['peer-8', null, 'peer-2']);
    expect(all(2, 4, 8)).toEqual(['peer-2', 'peer-4', 'peer-8']);
    expect(lookedUp).toEqual([8, 3, 2, 4]);
  });

  it('are those of their own track', () => {
    const { all, lookedUp, cache } = cacheOf(100);
    all(2);
    expect(cache.one('live/b', 2, () => null)).toBeNull();
    expect(cache.one(TRACK, 2, () => null)).toEqual(named(2));
    expect(lookedUp).toEqual([2]);
  });

  it('are kept while they are asked for, and no more of them than may be', () => {
    const { all, lookedUp } = cacheOf(20);
    all(2);
    for (let peer = 4; peer < 200; peer += 2) all(peer, 2);
    expect(lookedUp.filter((peer) => peer === 2)).toEqual([2]);
    lookedUp.length = 0;
    for (let peer = 198; peer > 0; peer -= 2) all(peer);
    expect(lookedUp.length).toBeGreaterThanOrEqual(99 - 21);
  });

  it('are dropped once names may have been erased', () => {
    const { all, lookedUp, cache } = cacheOf(100);
    cache.keepWhile(0);
    all(2);
    cache.keepWhile(1);
    all(2);
    cache.keepWhile(1);
    all(2);
    expect(lookedUp).toEqual([2, 2]);
  });
});
