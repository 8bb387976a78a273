import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { RecordedTopologyEvent } from '../../src/domain/events.js';
import { findPolicy, newestPolicy, registerPolicy } from '../../src/domain/policies/registry.js';
import { resilient } from '../../src/domain/policies/resilient.js';
import { redecideTrack, type RedecideVerdict } from '../../src/history/redecide-track.js';
import { configure, given, join, lines, track } from '../support/given-when-then.js';
import { latestJoin } from '../support/latest-join-policy.js';
import { MemoryLogReader } from '../support/memory-log-reader.js';
import { configuringPlan, trackSettings } from '../support/random-commands.js';
import { RecordedTrack } from '../support/recorded-track.js';
import { both, nothingInSilence, runSession, soundAtEveryEvent } from '../support/tree-properties.js';

const RULES = { policy: 'latest-join', policyVersion: 99 };

function redecided(name: RecordedTrack): RedecideVerdict {
  return redecideTrack(new MemoryLogReader(name), { track: name.name, position: name.events.length });
}

describe('a third policy, written in one file', () => {
  let forget: () => void;
  beforeEach(() => {
    forget = registerPolicy(latestJoin);
  });
  afterEach(() => forget());

  it('decides who relays to whom', () => {
    const scenario = given(track({ ...RULES, rootPeerCount: 1 }), ...['a', 'b', 'c', 'd'].map((name) => join(name)));
    expect(scenario.drawing()).toBe(lines('a', '  b', '    c', '      d'));
  });

  it('keeps every rule that any policy must keep, whatever happens, also where rules change', () => {
    const checks = both(soundAtEveryEvent, nothingInSilence);
    const settings = trackSettings.map((rules) => ({ ...rules, ...RULES }));
    fc.assert(
      fc.property(settings, fc.array(configuringPlan, { maxLength: 60 }), (rules, plans) => {
        runSession(rules, plans, checks);
      }),
      { numRuns: 200, seed: 6 },
    );
  });

  it('can be put to work on a running track, and taken away from it', () => {
    const scenario = given(track({ rootPeerCount: 1 }), ...['a', 'b', 'c'].map((name) => join(name)));
    scenario.run(configure({ policy: 'latest-join' }));
    scenario.run(join('d'));
    scenario.run(configure({ policy: 'shallowest' }));
    scenario.run(join('e'));
    expect(scenario.drawing()).toBe(lines('a', '  b', '  c', '    d', '  e'));
  });

  it('is known by name and version, the newest of which is taken for new tracks', () => {
    expect(newestPolicy('latest-join')).toBe(latestJoin);
    expect(findPolicy('latest-join', 1)).toBeNull();
    expect(() => registerPolicy(resilient)).toThrow('there already');
  });

  it('is decided again like any other; without it its stretch is reported, and only that, and never as a difference', () => {
    const evening = new RecordedTrack('live', { ...RULES, rootPeerCount: 1 }).join('a').join('b').join('c').leave('b');
    evening.command({ type: 'Configure', change: { policy: 'shallowest' } });
    const change = evening.events.findIndex(({ type }) => type === 'TrackConfigured');
    evening.join('d').leave('a');
    const known = redecided(evening);
    expect(known).toMatchObject({ difference: null, unavailable: [] });
    forget();
    const unknown = redecided(evening);
    expect(unknown).toMatchObject({
      difference: null,
      unavailable: [{ code: 'policy_version_unavailable', position: 1, policy: 'latest-join', policyVersion: 99 }],
    });
    const falsified = evening.events.findLastIndex(({ type }) => type === 'ParentAssigned');
    expect(falsified).toBeGreaterThan(change);
    evening.events[falsified] = { ...evening.events[falsified], cause: 'joined' } as RecordedTopologyEvent;
    expect(redecided(evening).difference).toMatchObject({ position: falsified + 1 });
  });
});
