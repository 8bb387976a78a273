import { describe, expect, it } from '@jest/globals';
import {
  claimed,
  close,
  closed,
  disconnect,
  disconnected,
  expire,
  given,
  join,
  joined,
  kick,
  leave,
  left,
  lines,
  opened,
  placed,
  recover,
  recovered,
  resumed,
  Scenario,
  tend,
  track,
  waiting,
} from '../support/given-when-then.js';

describe('opening and closing a track', () => {
  it('opens with the first join, under the rules of that moment', () => {
    const rules = track({ maxDepth: 2 });
    expect(given(rules).when(join('a'))[0]).toEqual(opened(rules));
  });

  it('closes only when nobody is in it', () => {
    const scenario = given(track(), join('a'));
    expect(scenario.when(close())).toEqual([]);
    scenario.run(leave('a'));
    expect(scenario.when(close())).toEqual([closed()]);
    expect(scenario.when(close())).toEqual([]);
  });

  it('opens again for the next join, positions going on', () => {
    const rules = track();
    const scenario = given(rules, join('a'), leave('a'), close());
    const head = scenario.tree.position;
    expect(scenario.when(join('b'))).toEqual([opened(rules), joined('b'), placed('b', 'origin', 0, 'joined')]);
    expect(scenario.log.at(-1)?.position).toBe(head + 3);
  });

  it('has no events for anything that happens before it is opened', () => {
    const scenario = new Scenario(track());
    for (const command of [close(), tend(), recover('stall', 5_000), kick('a')])
      expect(scenario.when(command)).toEqual([]);
  });

  it('records that the service was away, again for each time', () => {
    const scenario = given(track(), join('a'));
    expect(scenario.when(recover('restart', 5_000))).toEqual([recovered('restart', 5_000)]);
    expect(scenario.when(recover('storage', 7_000))).toEqual([recovered('storage', 7_000)]);
    expect(scenario.drawing()).toBe('a');
  });
});

describe('a join that is refused', () => {
  it.each(['', 'ä', 'a b', 'a.b', 'x'.repeat(65)])('for the name %p comes before any event', (name) => {
    const scenario = new Scenario(track());
    expect(scenario.when(join(name))).toEqual([]);
    expect(scenario.outcome).toMatchObject({ ok: false, code: 'invalid_peer_id' });
    expect(scenario.tree.settings).toBeNull();
  });

  it('finds the track full', () => {
    const scenario = given(track(), join('a', { peersMax: 2 }), join('b', { peersMax: 2 }));
    expect(scenario.when(join('c', { peersMax: 2 }))).toEqual([]);
    expect(scenario.outcome).toMatchObject({ ok: false, code: 'track_full' });
    scenario.run(leave('b'));
    expect(scenario.when(join('c', { peersMax: 2 }))).not.toEqual([]);
  });

  it('finds its name taken by a peer with another token, or without one', () => {
    const scenario = given(track(), join('a', { token: 'its own' }), join('open', { token: null }));
    for (const intruder of [
      join('a', { token: 'another' }),
      join('a', { token: null }),
      join('open', { token: null }),
    ]) {
      expect(scenario.when(intruder)).toEqual([]);
      expect(scenario.outcome).toMatchObject({ ok: false, code: 'peer_id_taken' });
    }
  });
});

describe('a peer that resumes', () => {
  const rules = track({ rootPeerCount: 1, maxChildren: 1 });

  it('keeps its place, its number and its children without any move', () => {
    const scenario = given(rules, join('root'), join('a'), join('b'));
    const number = scenario.numberOf('a');
    expect(scenario.when(join('a'))).toEqual([resumed('a')]);
    expect(scenario.outcome).toEqual({ ok: true, position: scenario.tree.position, peer: number });
    expect(scenario.drawing()).toBe(lines('root', '  a', '    b'));
  });

  it('can do so in a full track', () => {
    const scenario = given(rules, join('root', { peersMax: 1 }));
    expect(scenario.when(join('root', { peersMax: 1 }))).toEqual([resumed('root')]);
  });

  it('brings its new claim', () => {
    const scenario = given(rules, join('root', { capacity: 1 }), join('a'));
    expect(scenario.when(join('root', { capacity: 0 }))).toEqual([
      resumed('root'),
      claimed('root', 0),
      waiting('a', 'root'),
    ]);
  });

  it('keeps its claim when it says nothing about it', () => {
    const scenario = given(rules, join('root', { capacity: 1 }));
    expect(scenario.when(join('root', { capacity: null }))).toEqual([resumed('root')]);
    expect(scenario.peer('root').claim).toBe(1);
  });

  it('was only disconnected: the end of a session moves nobody', () => {
    const scenario = given(rules, join('root'), join('a'));
    expect(scenario.when(disconnect('root'))).toEqual([disconnected('root')]);
    expect(scenario.drawing()).toBe(lines('root', '  a'));
    expect(scenario.when(join('root'))).toEqual([resumed('root')]);
  });

  it('too late is a new peer', () => {
    const scenario = given(rules, join('root'), join('a'), expire('a'));
    expect(scenario.when(join('a'))).toEqual([joined('a'), placed('a', 'root', 1, 'joined')]);
  });
});

describe('a peer that replaces its old self', () => {
  it('leaves and joins in one command, and its children are placed anew', () => {
    const scenario = given(track({ rootPeerCount: 1, maxChildren: 1 }), join('root'), join('a'), join('b'));
    expect(scenario.when(join('a', { replace: true, token: 'new' }))).toEqual([
      left('a', 'root', 'replaced'),
      placed('b', 'root', 1, 'orphaned', 'a'),
      joined('a'),
      placed('a', 'b', 2, 'joined'),
    ]);
    expect(scenario.peer('a').identity).toEqual({ peerId: 'a', resumeHash: 'new' });
  });

  it('makes room for itself in a full track', () => {
    const scenario = given(track(), join('root', { peersMax: 1 }));
    expect(scenario.when(join('root', { replace: true, peersMax: 1 }))).toContainEqual(joined('root'));
  });

  it('joins as anybody when there is no old self', () => {
    const scenario = given(track(), join('root'));
    expect(scenario.when(join('a', { replace: true }))).toEqual([joined('a'), placed('a', 'root', 1, 'joined')]);
  });
});
