import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RecordedTopologyEvent, TrackSettings } from '../../src/domain/events.js';
import type { PulseRun, TopologyRun, TrackAppend } from '../../src/event-log/event-log.js';

export const NOW = 1_700_000_000_000;
export const RESUME_HASH = 'ab'.repeat(32);
export const SETTINGS: TrackSettings = {
  policy: 'resilient',
  policyVersion: 1,
  rootPeerCount: 30,
  maxChildren: 3,
  maxDepth: 6,
  heartbeatTimeoutMs: 10_000,
};

const dataDirs: string[] = [];

/** A directory of its own for one test; `removeDataDirs` removes them all. */
export function newDataDir(): string {
  const dataDir = mkdtempSync(join(tmpdir(), 'meshledger-log-'));
  dataDirs.push(dataDir);
  return dataDir;
}

export function removeDataDirs(): void {
  for (const dataDir of dataDirs.splice(0)) rmSync(dataDir, { recursive: true, force: true });
}

export function opened(position: number, recordedAt = NOW): RecordedTopologyEvent {
  return { type: 'TrackOpened', version: 1, position, recordedAt, settings: SETTINGS };
}

export function joined(position: number, peerId: string, recordedAt = NOW): RecordedTopologyEvent {
  const identity = { peerId, resumeHash: RESUME_HASH };
  return { type: 'PeerJoined', version: 1, position, recordedAt, peer: position, capacity: 3, identity };
}

export function assigned(position: number, peer: number, parent = 0, recordedAt = NOW): RecordedTopologyEvent {
  return {
    type: 'ParentAssigned',
    version: 1,
    position,
    recordedAt,
    causedBy: peer,
    peer,
    parent,
    formerParent: null,
    depth: parent === 0 ? 0 : 1,
    cause: 'joined',
  };
}

/** One event of every type, from position 1, with peers at 2 and 4. */
export function oneOfEach(): RecordedTopologyEvent[] {
  const at = (position: number): { version: 1; position: number; recordedAt: number } => ({
    version: 1,
    position,
    recordedAt: NOW + position,
  });
  return [
    { type: 'TrackOpened', ...at(1), settings: SETTINGS },
    { type: 'PeerJoined', ...at(2), peer: 2, capacity: 4, identity: { peerId: 'ann', resumeHash: RESUME_HASH } },
    assigned(3, 2, 0, NOW + 3),
    { type: 'PeerJoined', ...at(4), peer: 4, capacity: null, identity: { peerId: 'bob', resumeHash: null } },
    { type: 'PeerWaiting', ...at(5), causedBy: 4, peer: 4, formerParent: null },
    { type: 'PeerDisconnected', ...at(6), peer: 2 },
    { type: 'PeerResumed', ...at(7), peer: 2 },
    { type: 'CapacityClaimed', ...at(8), peer: 2, capacity: 1 },
    { ...assigned(9, 4, 2, NOW + 9), formerParent: 0 } as RecordedTopologyEvent,
    { type: 'PeerTimedOut', ...at(10), peer: 4, formerParent: 2, silentMs: 12_000 },
    { type: 'PeerKicked', ...at(11), peer: 2, formerParent: 0 },
    { type: 'PeerLeft', ...at(12), peer: 2, formerParent: null, cause: 'replaced' },
    { type: 'ServiceRecovered', ...at(13), reason: 'stall', gapMs: 750 },
    { type: 'TrackClosed', ...at(14) },
  ];
}

/** One event of every type that came with the policy `resilient`, to stand behind `oneOfEach`. */
export function oneOfEachResilient(): RecordedTopologyEvent[] {
  const at = (position: number): { version: 1; position: number; recordedAt: number } => ({
    version: 1,
    position,
    recordedAt: NOW + 1_000 + position,
  });
  return [
    { type: 'PeerTenured', ...at(15), causedBy: null, peer: 2 },
    { type: 'StallReported', ...at(16), peer: 4, parent: 2, silentMs: 2_100 },
    { type: 'PlanFollowed', ...at(17), peer: 4, lostParent: 2, connectedTo: 0 },
    { type: 'PeerSuspected', ...at(18), peer: 2, complaints: 1 },
    {
      ...assigned(19, 4, 0, NOW + 1_019),
      version: 2,
      formerParent: 2,
      cause: 'suspected',
      displaced: 2,
    } as RecordedTopologyEvent,
    { type: 'PeerCleared', ...at(20), peer: 2 },
    { type: 'ForwardingFailed', ...at(21), peer: 2, complaints: 1, windowMs: 5_000 },
    { type: 'CapacityRevoked', ...at(22), causedBy: 21, peer: 2 },
    { type: 'CapacityRestored', ...at(23), causedBy: null, peer: 2 },
    { type: 'RetentionApplied', ...at(24), throughPosition: 7, chainHash: 'ab'.repeat(32), stateHash: 'cd'.repeat(32) },
    { type: 'PeerForgotten', ...at(25), peer: 2 },
  ];
}

export function topology(...events: RecordedTopologyEvent[]): TopologyRun {
  return { kind: 'topology', events };
}

/** Heartbeats of the given peers, a millisecond apart. */
export function heartbeats(firstPosition: number, peers: readonly number[], recordedAt = NOW): PulseRun {
  return {
    kind: 'pulses',
    firstPosition,
    count: peers.length,
    peers,
    recordedAt: peers.map((_, index) => recordedAt + index),
    forwardedFrames: peers.map(() => -1),
    receivedFrames: peers.map(() => -1),
  };
}

export function append(track: string, previousPosition: number, ...runs: (PulseRun | TopologyRun)[]): TrackAppend {
  return { track, previousPosition, runs, open: true };
}
