import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { RecordedTopologyEvent } from '../../src/domain/events.js';
import { DECISIONS_EXPLAINED_MAX, explain } from '../../src/history/explain.js';
import { type ExplanationJson, explanationJson } from '../../src/history/explain-json.js';
import { HistoryFault } from '../../src/history/history-request.js';
import { PeerNames } from '../../src/history/peer-names.js';
import { MemoryLogReader } from '../support/memory-log-reader.js';
import { doubtingPlan, resilientSettings } from '../support/random-commands.js';
import { RecordedTrack } from '../support/recorded-track.js';
import { runSession } from '../support/tree-properties.js';

const RESILIENT = { policy: 'resilient', policyVersion: 1 };

function explained(track: RecordedTrack, position: number): ExplanationJson {
  const reader = new MemoryLogReader(track);
  const head = { track: track.name, position: track.events.length };
  return explanationJson(track.name, explain(reader, head, position), new PeerNames(reader, track.name));
}

function codeOf(ask: () => unknown): string {
  try {
    ask();
  } catch (error) {
    if (error instanceof HistoryFault) return error.code;
    throw error;
  }
  return 'none';
}

describe('explain', () => {
  it('names the fact, the rule, the classes, the winner and who was next', () => {
    const track = new RecordedTrack('live', { rootPeerCount: 2 }).join('ana', 1).join('ben', 2).join('viewer', 0);
    track.beat('ana', 'ben').join('carl', 1);
    const answer = explained(track, track.events.length);
    expect(answer).toMatchObject({
      kind: 'decision',
      told: 'carl assigned to ben (depth 1), because of 10',
      policy: { name: 'shallowest', version: 1 },
      triggered_by: { position: 10, type: 'PeerJoined', told: 'carl joined with a capacity of 1' },
      decision_count: 1,
    });
    expect(answer.decisions[0]).toMatchObject({
      rule: 'shallowest_slot',
      winner: { peer_id: 'ben' },
      candidates: [
        { class: 'free_root_slots', count: 0, eligible: true },
        { class: 'not_placed', count: 1, eligible: false },
        { class: 'serves_nobody', count: 1, eligible: false },
        { class: 'full', count: 1, eligible: false },
        { class: 'with_slot', count: 1, eligible: true },
      ],
      runners_up: [],
      agrees: true,
    });
  });

  it('tells of a swap whose slot was taken, and of what followed from it', () => {
    const track = new RecordedTrack('live', { ...RESILIENT, rootPeerCount: 2, maxDepth: 1 });
    track.join('idle', 0).join('weak', 0).join('strong', 2);
    const joined = track.events.findIndex((event) => event.type === 'PeerJoined' && event.capacity === 2) + 1;
    const answer = explained(track, joined);
    expect(answer).toMatchObject({ kind: 'fact', triggered_by: null, decision_count: 2 });
    expect(answer.decisions.map(({ rule, winner }) => [rule, winner?.peer_id])).toEqual([
      ['weaker_peer', 'weak'],
      ['exchanged', 'strong'],
    ]);
    expect(answer.decisions[0]?.runners_up).toEqual([
      { peer: 2, peer_id: 'idle', lost: 'joined_earlier', because: 'joined earlier' },
    ]);
  });

  it('tells the heir, and each decision that a timer asked for in a row of several', () => {
    const track = new RecordedTrack('live', { ...RESILIENT, rootPeerCount: 1 });
    track.join('root', 2).join('older', 2).join('younger', 2).leave('root');
    expect(explained(track, track.events.length - 1).decisions[0]).toMatchObject({
      rule: 'heir',
      winner: { peer_id: 'older' },
      runners_up: [{ peer_id: 'younger', lost: 'joined_later' }],
    });
    track.later(300_000);
    for (const peerId of ['older', 'younger']) track.command({ type: 'Tenure', peer: track.number(peerId) });
    const answer = explained(track, track.events.length);
    expect(answer).toMatchObject({ kind: 'decision', event: { type: 'PeerTenured' }, triggered_by: null });
    expect(answer.decisions[0]).toMatchObject({ rule: null, agrees: true, candidates: [] });
  });

  it('says of a pulse, and of a fact that nothing followed from, that they decided nothing', () => {
    const track = new RecordedTrack('live').join('ana').beat('ana').disconnect('ana');
    expect(explained(track, 4)).toMatchObject({ kind: 'pulse', decisions: [], decision_count: 0 });
    expect(explained(track, 5)).toMatchObject({ kind: 'fact', decisions: [], decision_count: 0 });
  });

  it('goes into the first decisions of a fact that brought many, and counts them all', () => {
    const track = new RecordedTrack('live', { rootPeerCount: 1, maxChildren: 30 }).join('root');
    for (let child = 0; child < 30; child += 1) track.join(`child-${String(child)}`, 1);
    track.leave('root');
    const left = track.events.findIndex(({ type }) => type === 'PeerLeft') + 1;
    const answer = explained(track, left);
    expect(answer.decision_count).toBe(30);
    expect(answer.decisions).toHaveLength(DECISIONS_EXPLAINED_MAX);
    expect(answer.decisions.every(({ agrees, rule }) => agrees && rule !== null)).toBe(true);
  });

  it('agrees with the log at every decision of any session', () => {
    fc.assert(
      fc.property(resilientSettings, fc.array(doubtingPlan, { maxLength: 30 }), (rules, plans) => {
        const track = new RecordedTrack('random');
        track.events.push(...runSession(rules, plans).log);
        for (const { position } of track.events)
          for (const { agrees, rule, event } of explained(track, position).decisions) {
            expect(agrees).toBe(true);
            if (event.type === 'ParentAssigned' || event.type === 'PeerWaiting') expect(rule).not.toBeNull();
          }
      }),
      { numRuns: 40, seed: 20261103 },
    );
  });

  it('refuses positions that are not in the log, and decisions of a policy that this build does not have', () => {
    const track = new RecordedTrack('live').join('ana').join('ben');
    expect(codeOf(() => explained(track, 0))).toBe('position_out_of_range');
    expect(codeOf(() => explained(track, track.events.length + 1))).toBe('position_out_of_range');
    const settings = { ...track.settings, policyVersion: 99 };
    track.events[0] = { ...track.events[0], settings } as RecordedTopologyEvent;
    expect(codeOf(() => explained(track, 3))).toBe('policy_version_unavailable');
    expect(codeOf(() => explained(track, 4))).toBe('policy_version_unavailable');
    expect(explained(track, 1).decisions).toEqual([]);
  });

  it('shows what the policy decides where the log was tampered with', () => {
    const track = new RecordedTrack('live', { rootPeerCount: 2 }).join('ana').join('ben').join('carl');
    const last = track.events.at(-1)!;
    track.events[track.events.length - 1] = { ...last, parent: track.number('ben') } as RecordedTopologyEvent;
    expect(explained(track, last.position).decisions[0]).toMatchObject({
      event: { parent_id: 'ben' },
      agrees: false,
      redecided: { parent_id: 'ana' },
      winner: { peer_id: 'ana' },
      runners_up: [{ peer_id: 'ben', lost: 'joined_later' }],
    });
  });
});
