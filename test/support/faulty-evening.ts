import { expect } from '@jest/globals';
import fc from 'fast-check';
import type { Outcome } from '../../src/domain/commands.js';
import { codeOf, LIVE, settled, TopologyRig } from './topology-rig.js';

const OTHER = 'live/y';

/** What happens at one moment of an evening on which the storage fails now and then. */
export type Moment = Readonly<{
  kind:
    | 'join'
    | 'leave'
    | 'kick'
    | 'claim'
    | 'beat'
    | 'pass'
    | 'restart'
    | 'refuse'
    | 'keep in doubt'
    | 'lose in doubt'
    | 'unreadable';
  /** Which of a few viewers; also how long, and how often. */
  pick: number;
  track: string;
}>;

export const moment: fc.Arbitrary<Moment> = fc.record({
  kind: fc.oneof(
    { weight: 12, arbitrary: fc.constantFrom('join' as const, 'beat' as const) },
    { weight: 6, arbitrary: fc.constantFrom('leave' as const, 'kick' as const, 'claim' as const) },
    { weight: 6, arbitrary: fc.constant('pass' as const) },
    {
      weight: 2,
      arbitrary: fc.constantFrom(
        'refuse' as const,
        'keep in doubt' as const,
        'lose in doubt' as const,
        'unreadable' as const,
      ),
    },
    { weight: 1, arbitrary: fc.constant('restart' as const) },
  ),
  pick: fc.integer({ min: 0, max: 9 }),
  track: fc.constantFrom(LIVE, LIVE, LIVE, OTHER),
});

interface Asked {
  readonly what: string;
  readonly track: string;
  /** Null until it is answered. */
  outcome: Outcome | null;
}

/**
 * Runs the evening, and checks that every answer agrees with the log and the memory with both.
 *
 * @param lookTakesMs as `FakeClock` has it: few decisions find time in one batch then.
 */
export async function expectAnswersMatchLog(moments: readonly Moment[], lookTakesMs = 0): Promise<void> {
  const rig = await TopologyRig.start({
    settings: { rootPeerCount: 2, maxChildren: 2, maxDepth: 2 },
    pulseLingerMs: 100,
  });
  rig.clock.lookTakesMs = lookTakesMs;
  try {
    const asked: Asked[] = [];
    for (const happening of moments) await live(rig, happening, asked);
    rig.log.repair();
    await rig.clock.pass(25_000, 250);
    expect(rig.topology.ready).toBe(true);
    for (const track of [LIVE, OTHER]) {
      expect(rig.differences(track)).toEqual([]);
      expectAgreement(
        rig,
        track,
        asked.filter((question) => question.track === track),
      );
    }
  } finally {
    await rig.end();
  }
}

async function live(rig: TopologyRig, { kind, pick, track }: Moment, asked: Asked[]): Promise<void> {
  const peerId = `viewer-${pick}`;
  const peer = rig.topology.tracks.get(track)?.tree.peerNamed(peerId)?.number ?? 1;
  const ask = (answer: Promise<Outcome>): void => {
    const question: Asked = { what: kind, track, outcome: null };
    asked.push(question);
    void answer.then((outcome) => (question.outcome = outcome));
  };
  switch (kind) {
    case 'join':
      ask(rig.join(peerId, { capacity: pick % 3, track }));
      return;
    case 'leave':
      ask(rig.leave(peer, track));
      return;
    case 'kick':
      ask(rig.submit({ type: 'Kick', peerId }, track));
      return;
    case 'claim':
      ask(rig.submit({ type: 'ClaimCapacity', peer, capacity: pick % 3 }, track));
      return;
    case 'beat':
      ask(rig.beat(peer, track));
      return;
    case 'pass':
      await rig.clock.pass(50 + pick * pick * 50, 250);
      return;
    case 'restart':
      // What is under way is answered first: of a process that was killed nobody knows what it would have answered.
      await rig.clock.pass(30_000, 250);
      await rig.restart(pick * 3_000);
      return;
    case 'refuse':
      rig.log.refuseNext(1 + (pick % 3));
      return;
    case 'keep in doubt':
      rig.log.loseNextAnswer('kept');
      return;
    case 'lose in doubt':
      rig.log.loseNextAnswer('not kept');
      return;
    case 'unreadable':
      rig.log.failHeads(pick);
      await settled();
  }
}

function expectAgreement(rig: TopologyRig, track: string, asked: readonly Asked[]): void {
  const events = rig.events(track);
  const accepted = { joins: new Set<number>(), beats: 0, kicks: 0 };
  for (const { what, outcome } of asked) {
    if (outcome === null) throw new Error(`nobody answered a ${what}`);
    expect(['ok', 'storage_unavailable', 'not_registered', 'unknown_peer']).toContain(codeOf(outcome));
    if (!outcome.ok) continue;
    expect(outcome.position).toBeLessThanOrEqual(events.length);
    if (what === 'join') accepted.joins.add(outcome.peer ?? 0);
    if (what === 'beat') accepted.beats += 1;
    if (what === 'beat')
      expect(events[outcome.position - 1]).toMatchObject({ type: 'HeartbeatReceived', peer: outcome.peer });
    if (what === 'kick') accepted.kicks += 1;
  }
  const joined = events.flatMap((event) => (event.type === 'PeerJoined' ? [event.peer] : []));
  expect(new Set(joined)).toEqual(accepted.joins);
  expect(events.filter(({ type }) => type === 'HeartbeatReceived')).toHaveLength(accepted.beats);
  expect(events.filter(({ type }) => type === 'PeerKicked')).toHaveLength(accepted.kicks);
}
