import { describe, expect, it } from '@jest/globals';
import type { RecordedEvent } from '../../src/domain/events.js';
import { CorruptLogError } from '../../src/domain/errors.js';
import { stateHash } from '../../src/event-log/state-hash.js';
import { type TrackVerdict, verifyTrack } from '../../src/history/verify-track.js';
import { eveningTrack } from '../support/evening-track.js';
import { MemoryLogReader } from '../support/memory-log-reader.js';

const soundChain = (): void => undefined;

/** The verdict on the evening after somebody changed its events. */
function verdictOn(change: (events: RecordedEvent[]) => void): TrackVerdict {
  const track = eveningTrack();
  const [head] = new MemoryLogReader(track).heads();
  change(track.events);
  return verifyTrack(new MemoryLogReader(track), head!, soundChain);
}

function replaced(position: number, change: object): (events: RecordedEvent[]) => void {
  return (events) => {
    events[position - 1] = { ...events[position - 1]!, ...change };
  };
}

describe('verification of a track', () => {
  it('counts what it looked at and gives the state hash of the live tree', () => {
    expect(verdictOn(() => undefined)).toEqual({
      track: 'live/evening',
      position: 24,
      topologyEvents: 15,
      pulses: 9,
      stateHash: stateHash(eveningTrack().tree),
      fault: null,
    });
  });

  it.each<[string, (events: RecordedEvent[]) => void, number, RegExp]>([
    ['a pulse that is missing', (events) => void events.splice(12, 1), 13, /is missing; position 14 comes next/],
    ['a topology event that is missing', (events) => void events.splice(6, 1), 7, /is missing/],
    ['a tail that is missing', (events) => void events.splice(20), 21, /is missing; the head says 24/],
    ['time that goes back', replaced(14, { recordedAt: 5 }), 14, /recorded_at goes back/],
    ['a decision nobody can have taken', replaced(20, { depth: 3 }), 20, /cannot stand at depth 3/],
    [
      'a name that somebody has who is there',
      replaced(4, { identity: { peerId: 'relay-1', resumeHash: null } }),
      4,
      /joins a peer that is present/,
    ],
    ['a parent that has gone', replaced(20, { parent: 4 }), 20, /peer 4, which is not in the track/],
    ['a cause that comes later', replaced(20, { causedBy: 21 }), 20, /caused by position 21/],
    ['a pulse of an absent peer', replaced(18, { peer: 77 }), 18, /pulse names peer 77/],
  ])('finds %s', (_, change, position, fault) => {
    const verdict = verdictOn(change);
    expect(verdict.fault?.position).toBe(position);
    expect(verdict.fault?.fault).toMatch(fault);
    expect(verdict.stateHash).toBeNull();
  });

  it('names the break of the chain before it replays', () => {
    const reader = new MemoryLogReader(eveningTrack());
    const verdict = verifyTrack(reader, reader.heads()[0]!, ({ track }) => {
      throw new CorruptLogError(7, 'another hash', track);
    });
    expect(verdict).toMatchObject({ fault: { position: 7, fault: 'another hash' }, topologyEvents: 0 });
  });

  it('does not take a bug for a finding', () => {
    const reader = new MemoryLogReader(eveningTrack());
    expect(() => verifyTrack(reader, reader.heads()[0]!, () => { throw new TypeError('bug'); })).toThrow(TypeError); // prettier-ignore
  });
});
