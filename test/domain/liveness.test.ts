import { describe, expect, it } from '@jest/globals';
import type { RecordedEvent } from '../../src/domain/events.js';
import { evolveLiveness } from '../../src/domain/evolve-liveness.js';
import { Liveness } from '../../src/domain/liveness.js';
import type { PeerLiveness } from '../../src/domain/peer-liveness.js';

const TIMEOUT = 10_000;

/** Events at the second they say, in order of position. */
function livenessOf(...events: readonly ((position: number) => RecordedEvent)[]): Liveness {
  const liveness = new Liveness();
  events.forEach((event, index) => {
    evolveLiveness(liveness, event(index + 1));
  });
  return liveness;
}

const at = (second: number, position: number): { version: 1; position: number; recordedAt: number } => ({
  version: 1,
  position,
  recordedAt: second * 1_000,
});
type Draft = (position: number) => RecordedEvent;
const joins =
  (peer: number, second: number): Draft =>
  (position) => ({
    type: 'PeerJoined',
    peer,
    capacity: null,
    identity: null,
    ...at(second, position),
  });
const beats =
  (peer: number, second: number): Draft =>
  (position) => ({
    type: 'HeartbeatReceived',
    peer,
    ...at(second, position),
  });
const reports =
  (peer: number, second: number, forwardedFrames: number, receivedFrames: number | null): Draft =>
  (position) => ({
    type: 'ForwardReported',
    peer,
    forwardedFrames,
    receivedFrames,
    ...at(second, position),
  });
const goes =
  (peer: number, second: number): Draft =>
  (position) => ({
    type: 'PeerLeft',
    peer,
    formerParent: null,
    cause: 'left',
    ...at(second, position),
  });
const resumes =
  (peer: number, second: number): Draft =>
  (position) => ({ type: 'PeerResumed', peer, ...at(second, position) });
const disconnects =
  (peer: number, second: number): Draft =>
  (position) => ({
    type: 'PeerDisconnected',
    peer,
    ...at(second, position),
  });
const claims =
  (peer: number, second: number): Draft =>
  (position) => ({
    type: 'CapacityClaimed',
    peer,
    capacity: 1,
    ...at(second, position),
  });
const serviceReturns =
  (second: number): Draft =>
  (position) => ({
    type: 'ServiceRecovered',
    reason: 'stall',
    gapMs: 1,
    ...at(second, position),
  });

function overdue(liveness: Liveness, second: number): number[] {
  return [...liveness.overdue(second * 1_000, TIMEOUT)].map(({ peer }) => peer);
}

function known(liveness: Liveness, peer: number): PeerLiveness {
  const found = liveness.of(peer);
  if (found === null) throw new Error(`peer ${peer} is not known`);
  return found;
}

describe('the deadline of a peer', () => {
  it('lies one timeout behind the last time it was heard', () => {
    const liveness = livenessOf(joins(1, 5));
    expect(liveness.deadline(known(liveness, 1), TIMEOUT)).toBe(15_000);
    expect(overdue(liveness, 14.999)).toEqual([]);
    expect(overdue(liveness, 15)).toEqual([1]);
  });

  it.each([
    ['a heartbeat', beats(1, 8)],
    ['a forward report', reports(1, 8, 10, null)],
    ['a claim', claims(1, 8)],
    ['a resume', resumes(1, 8)],
  ] as const)('is put off by %s', (_, heard) => {
    expect(overdue(livenessOf(joins(1, 5), heard), 17.9)).toEqual([]);
    expect(overdue(livenessOf(joins(1, 5), heard), 18)).toEqual([1]);
  });

  it('is not put off by the end of a session, nor by decisions about the peer', () => {
    const liveness = livenessOf(joins(1, 5), disconnects(1, 8), (position) => ({
      type: 'ParentAssigned',
      peer: 1,
      parent: 0,
      formerParent: null,
      depth: 0,
      cause: 'joined',
      causedBy: 1,
      ...at(9, position),
    }));
    expect(overdue(liveness, 15)).toEqual([1]);
  });

  it('restarts for everybody when the service was away', () => {
    const liveness = livenessOf(joins(1, 5), joins(2, 6), serviceReturns(60));
    expect(overdue(liveness, 69.9)).toEqual([]);
    expect(overdue(liveness, 70)).toEqual([1, 2]);
  });

  it('does not restart for the future of those who are heard later', () => {
    const liveness = livenessOf(joins(1, 5), joins(2, 5), serviceReturns(60), beats(1, 65));
    expect(overdue(liveness, 70)).toEqual([2]);
  });
});

describe('the order of silence', () => {
  it('puts the most silent peer first', () => {
    const liveness = livenessOf(joins(1, 1), joins(2, 2), joins(3, 3), beats(1, 4), beats(2, 5));
    expect(overdue(liveness, 99)).toEqual([3, 1, 2]);
    expect(liveness.mostSilent()?.peer).toBe(3);
  });

  it('survives peers that go from its front, middle and end', () => {
    const everyone = [joins(1, 1), joins(2, 1), joins(3, 1), joins(4, 1), joins(5, 1)];
    const liveness = livenessOf(...everyone, goes(3, 2), goes(1, 2), goes(5, 2), joins(6, 2));
    expect(overdue(liveness, 99)).toEqual([2, 4, 6]);
    expect(overdue(livenessOf(joins(1, 1), goes(1, 2)), 99)).toEqual([]);
    expect(livenessOf(joins(1, 1), goes(1, 2)).mostSilent()).toBeNull();
  });

  it('is found at a cost of those who are overdue, not of those who are there', () => {
    const liveness = livenessOf(...Array.from({ length: 1_000 }, (_, index) => joins(index + 1, index)));
    let visited = 0;
    const deadline = liveness.deadline.bind(liveness);
    liveness.deadline = (peer, timeout) => {
      visited += 1;
      return deadline(peer, timeout);
    };
    expect(overdue(liveness, 14)).toHaveLength(5);
    expect(visited).toBe(6);
  });
});

describe('what is known of a peer', () => {
  it('is its last heartbeat and its last report', () => {
    const liveness = livenessOf(joins(1, 1), beats(1, 2), reports(1, 3, 100, 120), reports(1, 4, 7, null));
    expect(liveness.of(1)).toMatchObject({
      lastHeardAt: 4_000,
      lastHeartbeatAt: 2_000,
      forwardedFrames: 7,
      receivedFrames: null,
    });
  });

  it('is whether it has a session', () => {
    const liveness = livenessOf(joins(1, 1), joins(2, 1), disconnects(1, 2), disconnects(2, 2), resumes(2, 3));
    expect([known(liveness, 1).connected, known(liveness, 2).connected]).toEqual([false, true]);
    expect(liveness.lastResumeAt).toBe(3_000);
  });

  it('is forgotten when it goes', () => {
    expect(livenessOf(joins(1, 1), goes(1, 2)).of(1)).toBeNull();
  });
});
