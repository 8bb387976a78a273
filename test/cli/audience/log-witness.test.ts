import { describe, expect, it } from '@jest/globals';
import type { Acknowledged, Move } from '../../../src/cli/audience/acknowledged-positions.js';
import type { LogEvent } from '../../../src/cli/audience/log-reader.js';
import { LogWitness } from '../../../src/cli/audience/log-witness.js';

function heard(...events: Omit<LogEvent, 'position'>[]): LogWitness {
  const witness = new LogWitness();
  for (const [index, event] of events.entries()) witness.hear({ ...event, position: index + 1 } as LogEvent);
  return witness;
}

const about = (type: string, peerId: string, fields: object = {}) => ({ type, peer_id: peerId, ...fields }) as LogEvent;
const acknowledged = (position: number, kind: Acknowledged['kind'], capacity: number | null = null): Acknowledged => {
  return { position, kind, peerId: 'a', capacity };
};
const moved = (formerParentId: string | null, parentId: string | null, position: number): Move => {
  return { peerId: 'a', formerParentId, parentId, afterPosition: 1, position };
};

describe('the log bears out', () => {
  it('a register when the peer is in the track at that position', () => {
    expect(
      heard(about('PeerJoined', 'a'), about('ParentAssigned', 'b')).faultOf(acknowledged(2, 'register')),
    ).toBeNull();
    expect(heard(about('PeerJoined', 'b')).faultOf(acknowledged(1, 'register'))).toContain('has not joined');
  });

  it('a leave when the peer has departed up to there, also when decisions followed', () => {
    const left = [about('PeerJoined', 'a'), about('PeerLeft', 'a'), about('ParentAssigned', 'b')];
    expect(heard(...left).faultOf(acknowledged(3, 'leave'))).toBeNull();
    expect(heard(about('PeerJoined', 'a')).faultOf(acknowledged(1, 'leave'))).toContain('has not left');
  });

  it('a capacity when it is the claim in force', () => {
    const claimed = [about('PeerJoined', 'a', { capacity: 1 }), about('CapacityClaimed', 'a', { capacity: 2 })];
    expect(heard(...claimed).faultOf(acknowledged(2, 'capacity', 2))).toBeNull();
    expect(heard(...claimed).faultOf(acknowledged(2, 'capacity', 1))).toContain('is not 1');
  });

  it('a pulse only by the very event', () => {
    expect(heard(about('HeartbeatReceived', 'a')).faultOf(acknowledged(1, 'heartbeat'))).toBeNull();
    expect(heard(about('HeartbeatReceived', 'b')).faultOf(acknowledged(1, 'heartbeat'))).toContain('of b');
    expect(heard(about('HeartbeatReceived', 'a')).faultOf(acknowledged(1, 'forward_report'))).toContain(
      'not ForwardReported',
    );
    expect(heard(about('HeartbeatReceived', 'a')).faultOf(acknowledged(2, 'heartbeat'))).toContain('not in the log');
  });

  it('another parent by a decision since the last one that names it', () => {
    const assigned = heard(about('PeerJoined', 'a'), about('ParentAssigned', 'a', { parent_id: 'c' }));
    expect(assigned.faultOfMove(moved('b', 'c', 2))).toBeNull();
    expect(assigned.faultOfMove(moved('b', 'd', 2))).toContain('puts it under c');
    expect(heard(about('PeerJoined', 'a'), about('PeerResumed', 'a')).faultOfMove(moved('b', 'c', 2))).toContain(
      'no decision',
    );
  });

  it('a lost parent by the departure of that parent', () => {
    const orphaned = heard(about('PeerJoined', 'a'), about('PeerTimedOut', 'b'));
    expect(orphaned.faultOfMove(moved('b', null, 2))).toBeNull();
    expect(orphaned.faultOfMove(moved('c', null, 2))).toContain('no decision');
  });
});
