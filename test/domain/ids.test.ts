import { describe, expect, it } from '@jest/globals';
import { effectiveCapacity } from '../../src/domain/peer-node.js';
import { isPeerId, isTrackName } from '../../src/domain/ids.js';
import { findPolicy, newestPolicy, POLICY_NAMES } from '../../src/domain/policies/registry.js';
import { track } from '../support/given-when-then.js';

describe('names', () => {
  it.each(['a', 'A-z_0', 'x'.repeat(64)])('%p can be a peer_id', (name) => {
    expect(isPeerId(name)).toBe(true);
  });

  it.each(['', 'x'.repeat(65), 'a.b', 'a/b', 'ä', 'a\n', ' a'])('%p cannot be a peer_id', (name) => {
    expect(isPeerId(name)).toBe(false);
  });

  it.each(['a', 'live/x', 'a.b/c-d_e', 'x'.repeat(128)])('%p can name a track', (name) => {
    expect(isTrackName(name)).toBe(true);
  });

  it.each(['', '/a', 'a/', 'a//b', 'a..b', 'x'.repeat(129), 'a b', 'a\n'])('%p cannot name a track', (name) => {
    expect(isTrackName(name)).toBe(false);
  });
});

describe('effective capacity', () => {
  it.each([
    [null, 3],
    [0, 0],
    [2, 2],
    [3, 3],
    [99, 3],
  ])('of a claim of %p where 3 are allowed is %p', (claim, effective) => {
    expect(effectiveCapacity({ claim, suspected: false, revoked: false }, track({ maxChildren: 3 }))).toBe(effective);
  });
});

describe('policies', () => {
  it('are found by name and version, and no other', () => {
    expect(findPolicy('shallowest', 1)).toMatchObject({ name: 'shallowest', version: 1 });
    expect(findPolicy('shallowest', 99)).toBeNull();
    expect(findPolicy('unheard-of', 1)).toBeNull();
    expect(newestPolicy('unheard-of')).toBeNull();
  });

  it('that an operator can choose each have a newest version', () => {
    for (const name of POLICY_NAMES) expect(newestPolicy(name)?.name).toBe(name);
  });
});
