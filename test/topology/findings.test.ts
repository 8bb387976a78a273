import { describe, expect, it } from '@jest/globals';
import type { TopologyCommand } from '../../src/domain/commands.js';
import { decide } from '../../src/domain/decide.js';
import { evolveLiveness } from '../../src/domain/evolve-liveness.js';
import { CAPACITY_REVOKED_MS } from '../../src/domain/limits.js';
import { findings, findingsDueAt } from '../../src/topology/findings.js';
import { emptyTrack, type LiveTrack } from '../../src/topology/live-track.js';
import { track } from '../support/given-when-then.js';

const SETTINGS = track({ policy: 'resilient', rootPeerCount: 1, maxChildren: 3 });
const TENURE_MS = 300_000;

/** A track with its monitors, in which time passes when the test says so. */
class WatchedTrack {
  readonly live: LiveTrack = emptyTrack('live/x', 0, 0);
  nowMs = 1_000_000;

  later(ms: number): this {
    this.nowMs += ms;
    return this;
  }

  run(command: TopologyCommand): number {
    const outcome = decide(this.live.tree, command, this.nowMs, (event) => evolveLiveness(this.live.liveness, event));
    if (!outcome.ok) throw new Error(outcome.reason);
    return outcome.peer ?? 0;
  }

  join(peerId: string, capacity: number | null = null): number {
    const identity = { peerId, resumeHash: null };
    return this.run({ type: 'Join', identity, capacity, settings: SETTINGS, peersMax: 100, replace: false });
  }

  stall(peer: number, silentMs = 2_000): void {
    const parent = this.live.tree.peer(peer)?.parent?.number ?? 0;
    this.run({ type: 'ReportStall', peer, parent, silentMs });
  }

  report(peer: number, receivedFrames: number): void {
    this.live.liveness.reported(peer, this.nowMs, 0, receivedFrames);
  }

  /** What the monitors find now; it is carried out. */
  found(): TopologyCommand[] {
    const commands: TopologyCommand[] = [];
    for (const command of findings(this.live, this.nowMs)) {
      commands.push(command);
      this.run(command);
    }
    return commands;
  }
}

function family(): { watched: WatchedTrack; parent: number; children: number[] } {
  const watched = new WatchedTrack();
  watched.join('root', 1);
  const parent = watched.join('parent', 3);
  const children = ['one', 'two', 'three'].map((name) => watched.join(name, 1));
  return { watched, parent, children };
}

describe('tenure', () => {
  it('is found when its time has come, once for each peer, in order of joining', () => {
    const watched = new WatchedTrack();
    const first = watched.join('first');
    const second = watched.later(1_000).join('second');
    expect(findingsDueAt(watched.live)).toBe(1_000_000 + TENURE_MS);
    expect(watched.later(TENURE_MS - 1_001).found()).toEqual([]);
    expect(watched.later(1).found()).toEqual([{ type: 'Tenure', peer: first }]);
    expect(watched.later(1_000).found()).toEqual([{ type: 'Tenure', peer: second }]);
    expect(watched.later(TENURE_MS).found()).toEqual([]);
    expect(findingsDueAt(watched.live)).toBeNull();
  });
});

describe('a parent of whom children complain', () => {
  it('is suspected on the word of two, after a grace', () => {
    const { watched, parent, children } = family();
    watched.stall(children[0]!);
    watched.later(100).stall(children[1]!);
    expect(watched.found()).toEqual([]);
    expect(watched.later(100).found()).toEqual([{ type: 'Suspect', peer: parent, complaints: 2 }]);
    expect(watched.later(1_000).found()).toEqual([]);
  });

  it('is suspected on the word of its only child', () => {
    const { watched, parent, children } = family();
    for (const child of children.slice(1)) watched.run({ type: 'Leave', peer: child });
    watched.stall(children[0]!);
    expect(watched.later(200).found()).toEqual([{ type: 'Suspect', peer: parent, complaints: 1 }]);
  });

  it('is suspected on the word of one when the others have lost their connection, or it has lost its own', () => {
    const ofTwo = family();
    for (const child of ofTwo.children.slice(1)) ofTwo.watched.run({ type: 'Disconnect', peer: child });
    ofTwo.watched.stall(ofTwo.children[0]!);
    expect(ofTwo.watched.later(200).found()).toEqual([{ type: 'Suspect', peer: ofTwo.parent, complaints: 1 }]);
    const { watched, parent, children } = family();
    watched.run({ type: 'Disconnect', peer: parent });
    watched.stall(children[0]!);
    expect(watched.later(200).found()).toEqual([{ type: 'Suspect', peer: parent, complaints: 1 }]);
  });

  it('is not suspected on the word of one of several, of a short silence, or of an old complaint', () => {
    const { watched, children } = family();
    watched.stall(children[0]!);
    watched.stall(children[1]!, 1_999);
    expect(watched.later(200).found()).toEqual([]);
    watched.later(10_000).stall(children[1]!);
    expect(watched.later(200).found()).toEqual([]);
  });

  it('is not suspected while it, or somebody above it, complains too', () => {
    const { watched, parent, children } = family();
    for (const peer of [...children, parent]) watched.stall(peer);
    expect(watched.later(200).found()).toEqual([{ type: 'Suspect', peer: 2, complaints: 1 }]);
  });
});

describe('a parent that forwards nothing', () => {
  const everySecond = (seconds: number, report: (second: number) => void, watched: WatchedTrack): void => {
    for (let second = 1; second <= seconds; second += 1) {
      watched.later(1_000);
      report(second);
    }
  };

  it('is found when it is fed and most children get nothing for five seconds; it serves again after a time', () => {
    const { watched, parent, children } = family();
    everySecond(
      7,
      (second) => {
        watched.report(parent, 25 * second);
        for (const child of children) watched.report(child, 0);
      },
      watched,
    );
    expect(watched.found()).toEqual([{ type: 'Revoke', peer: parent, complaints: 3, windowMs: 5_000 }]);
    expect(watched.live.tree.peer(parent)).toMatchObject({ revoked: true, effectiveCapacity: 0, children: [] });
    expect(
      watched
        .later(3 * CAPACITY_REVOKED_MS - 1)
        .found()
        .filter(({ type }) => type === 'Restore'),
    ).toEqual([]);
    expect(watched.later(1).found()).toContainEqual({ type: 'Restore', peer: parent });
    expect(watched.live.tree.peer(parent)?.effectiveCapacity).toBe(3);
  });

  it('is not found while it gets nothing itself', () => {
    const { watched, parent, children } = family();
    everySecond(
      9,
      () => {
        for (const peer of [parent, ...children]) watched.report(peer, 0);
      },
      watched,
    );
    expect(watched.found()).toEqual([]);
  });

  it('that reports nothing itself is found when a sibling is fed', () => {
    const { watched, children } = family();
    const grandchild = watched.join('grandchild', 0);
    expect(watched.live.tree.peer(grandchild)?.parent?.number).toBe(children[0]);
    everySecond(
      7,
      (second) => {
        watched.report(children[1]!, 25 * second);
        watched.report(grandchild, 0);
      },
      watched,
    );
    expect(watched.found()).toEqual([{ type: 'Revoke', peer: children[0], complaints: 1, windowMs: 5_000 }]);
  });

  it('is not found on the word of one of several, nor of children it was given a moment ago', () => {
    const { watched, parent, children } = family();
    everySecond(
      9,
      (second) => {
        watched.report(parent, 25 * second);
        for (const child of children) watched.report(child, child === children[0] ? 0 : 25 * second);
      },
      watched,
    );
    expect(watched.found()).toEqual([]);
    const late = new WatchedTrack();
    const root = late.join('root', 1);
    everySecond(9, (second) => late.report(root, 25 * second), late);
    const child = late.join('child');
    late.later(2_000).report(child, 0);
    expect(late.found()).toEqual([]);
  });
});
