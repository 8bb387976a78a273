import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { RecordedTopologyEvent } from '../../src/domain/events.js';
import { redecideTrack, type RedecideVerdict } from '../../src/history/redecide-track.js';
import { eveningTrack } from '../support/evening-track.js';
import { MemoryLogReader } from '../support/memory-log-reader.js';
import {
  commandPlan,
  configuringPlan,
  crowdedPlans,
  doubtingPlan,
  resilientSettings,
  roomySettings,
  trackSettings,
} from '../support/random-commands.js';
import { RecordedTrack } from '../support/recorded-track.js';
import { runSession } from '../support/tree-properties.js';

function redecided(track: RecordedTrack): RedecideVerdict {
  return redecideTrack(new MemoryLogReader(track), { track: track.name, position: track.events.length });
}

function logOf(events: readonly RecordedTopologyEvent[]): RecordedTrack {
  const track = new RecordedTrack('random');
  track.events.push(...events);
  return track;
}

describe('the log decided again', () => {
  it.each([
    ['shallowest', trackSettings, commandPlan],
    ['resilient', resilientSettings, doubtingPlan],
    ['policies and limits that change', fc.oneof(trackSettings, resilientSettings), configuringPlan],
  ] as const)('comes out as it is, under %s', (_, settings, plan) => {
    fc.assert(
      fc.property(settings, fc.array(plan, { maxLength: 80 }), (rules, plans) => {
        const { log } = runSession(rules, plans);
        const verdict = redecided(logOf(log));
        expect(verdict).toMatchObject({ difference: null, unavailable: [] });
        expect(verdict.decisions).toBe(log.filter((event) => 'causedBy' in event).length);
      }),
      { numRuns: 300 },
    );
  });

  it('comes out as it is while the surplus of lowered limits moves, command by command', () => {
    fc.assert(
      fc.property(roomySettings, crowdedPlans, (rules, plans) => {
        expect(redecided(logOf(runSession(rules, plans).log))).toMatchObject({ difference: null, unavailable: [] });
      }),
      { numRuns: 50 },
    );
  });

  it('comes out as it is with pulses between, waiting, replacing, and a person forgotten', () => {
    const track = eveningTrack().join('relay-1', 2, true);
    const index = track.events.findIndex(({ type }) => type === 'PeerJoined');
    track.events[index] = { ...track.events[index], identity: null } as RecordedTopologyEvent;
    expect(redecided(track).difference).toBeNull();
  });

  it('comes out as it is when an operator moves a peer and waiting peers are tended to', () => {
    const track = new RecordedTrack('live', { rootPeerCount: 2, maxChildren: 1 })
      .join('a')
      .join('b')
      .join('c')
      .join('d');
    track.leave('a').command({ type: 'Reassign', peerId: 'd' }).command({ type: 'Tend' });
    expect(redecided(track)).toMatchObject({ difference: null });
  });

  it('names the first decision that is not what the policy decides', () => {
    const track = new RecordedTrack('live', { rootPeerCount: 1 }).join('a').join('b', 0).join('c');
    const last = track.events.at(-1)!;
    track.events[track.events.length - 1] = { ...last, depth: 0, parent: 0 } as RecordedTopologyEvent;
    expect(redecided(track).difference).toMatchObject({
      position: last.position,
      recorded: { parent: 0 },
      redecided: { type: 'ParentAssigned', parent: 2, depth: 1 },
    });
  });

  it('names a decision too many, and one too few', () => {
    const track = new RecordedTrack('live', { rootPeerCount: 1 }).join('a').join('b');
    const missing = track.events.pop()!;
    expect(redecided(track).difference).toMatchObject({ position: missing.position, recorded: null });
    track.events.push(missing, { ...missing, position: missing.position + 1 });
    expect(redecided(track).difference).toMatchObject({ position: missing.position + 1, redecided: null });
  });

  it('reports a policy version that this build does not have, and no difference', () => {
    const track = new RecordedTrack('live').join('a').join('b').leave('a');
    const [opened, ...others] = track.events;
    const settings = { ...track.settings, policyVersion: 99 };
    const foreign = { ...opened, settings } as RecordedTopologyEvent;
    track.events.splice(0, track.events.length, foreign, ...others);
    expect(redecided(track)).toMatchObject({
      difference: null,
      unavailable: [{ code: 'policy_version_unavailable', position: 1, policy: 'shallowest', policyVersion: 99 }],
    });
  });
});
