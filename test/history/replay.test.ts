import { describe, expect, it } from '@jest/globals';
import { drawFrame } from '../../src/cli/replay/draw-frame.js';
import { drawStep } from '../../src/cli/replay/draw-step.js';
import { Screen } from '../../src/cli/replay/screen.js';
import { actionOf } from '../../src/cli/replay/step-keys.js';
import { Stepper } from '../../src/cli/replay/stepper.js';
import { stateHash } from '../../src/event-log/state-hash.js';
import { PeerNames } from '../../src/history/peer-names.js';
import { Replay, type ReplayStep } from '../../src/history/replay.js';
import { replayStepJson } from '../../src/history/replay-json.js';
import { treeAt } from '../../src/history/tree-at.js';
import { eveningTrack } from '../support/evening-track.js';
import { MemoryLogReader } from '../support/memory-log-reader.js';
import { RecordedTrack } from '../support/recorded-track.js';

const same = (text: string): string => text;
const PLAIN = { bold: same, dim: same, alert: same };
const TRACK = 'live/evening';
const reader = new MemoryLogReader(eveningTrack());
const naming = new PeerNames(reader, TRACK);
const replay = (afterPosition = 0, untilPosition = 24): Replay =>
  new Replay(reader, TRACK, { afterPosition, untilPosition });

function playAll(player: Replay): ReplayStep[] {
  const steps: ReplayStep[] = [];
  for (let step = player.forward(); step !== null; step = player.forward()) steps.push(step);
  return steps;
}

describe('a replay', () => {
  it('plays every topology event of its range, and ends', () => {
    const player = replay(4, 20);
    expect(playAll(player).map(({ event }) => event.position)).toEqual([5, 6, 7, 8, 9, 19, 20]);
    expect(player.forward()).toBeNull();
  });

  it('has the tree as of each position it passes', () => {
    const player = replay();
    for (let step = player.forward(); step !== null; step = player.forward())
      expect(stateHash(player.tree)).toBe(stateHash(treeAt(reader, TRACK, step.event.position)));
  });

  it('says which places an event changed, and how many pulses came before it', () => {
    const steps = playAll(replay(9));
    expect(steps[0]).toMatchObject({
      event: { type: 'PeerTimedOut' },
      pulsesBefore: 9,
      changes: [
        { peer: 4, before: { depth: 1 }, after: null },
        { peer: 8, before: { parent: 4, depth: 2 }, after: { standing: 'unplaced', parent: null } },
      ],
    });
    expect(steps[1]).toMatchObject({ pulsesBefore: 0, changes: [{ peer: 8, after: { parent: 2, depth: 1 } }] });
  });

  it('changes that are applied one after the other lead from one tree to the next', () => {
    const places = new Map<number, string>();
    const player = replay();
    for (let step = player.forward(); step !== null; step = player.forward()) {
      for (const { peer, after } of step.changes) {
        if (after === null) places.delete(peer);
        else places.set(peer, `${after.parent}/${after.depth}`);
      }
      const fromTree = [...player.tree.peers()].map((peer) => {
        const parent = peer.parent?.number ?? (peer.standing === 'placed' ? 0 : null);
        return [peer.number, `${parent}/${peer.standing === 'placed' ? peer.depth : null}`];
      });
      expect([...places].sort()).toEqual(fromTree.sort());
    }
  });

  it('goes back to the tree as of the position before', () => {
    const player = replay();
    while (player.position < 20) player.forward();
    expect(player.back()).toMatchObject([{ peer: 8, before: { parent: 2 }, after: { standing: 'unplaced' } }]);
    expect(player.position).toBe(19);
    expect(player.back()).toMatchObject([
      { peer: 4, before: null, after: { depth: 1 } },
      { peer: 8, after: { parent: 4 } },
    ]);
    expect(stateHash(player.tree)).toBe(stateHash(treeAt(reader, TRACK, 9)));
    expect(player.forward()).toMatchObject({ event: { position: 19 }, changes: [{ peer: 4 }, { peer: 8 }] });
  });

  it('does not go back behind the beginning of its range', () => {
    const player = replay(4);
    expect(player.back()).toBeNull();
    player.forward();
    expect(player.back()).not.toBeNull();
    expect(player.position).toBe(4);
    expect(player.back()).toBeNull();
  });
});

describe('a replay led by keys', () => {
  const press = (stepper: Stepper, name: string) => stepper.act(actionOf({ name })!);

  it('goes to the next event of a kind, to the end, and back to the beginning', () => {
    const player = replay();
    const stepper = new Stepper(player, () => []);
    expect(press(stepper, 't')).toMatchObject({ step: { event: { type: 'PeerTimedOut' } } });
    press(stepper, 'w');
    expect(player.position).toBe(24);
    expect(press(stepper, 'n')).toBeNull();
    press(stepper, 'g');
    expect(player.position).toBe(0);
    press(stepper, 'e');
    expect(player.position).toBe(24);
  });

  it('goes to the next incident, looked for once', () => {
    let looked = 0;
    const player = replay();
    const stepper = new Stepper(player, () => {
      looked += 1;
      return [9, 19];
    });
    press(stepper, 'i');
    expect(player.position).toBe(9);
    press(stepper, 'i');
    expect(player.position).toBe(19);
    expect(press(stepper, 'i')).toBeNull();
    expect([player.position, looked]).toEqual([19, 1]);
  });

  it('ends by q, escape and Ctrl-C, and minds no other key', () => {
    for (const key of [{ name: 'q' }, { name: 'escape' }, { name: 'c', ctrl: true }])
      expect(actionOf(key)).toEqual({ do: 'quit' });
    expect(actionOf({ name: 'x' })).toBeNull();
    expect(actionOf({ name: 'b', ctrl: true })).toBeNull();
  });
});

describe('the drawing of a replay', () => {
  it('has a line for the event, and one for each place it changed', () => {
    const [step] = playAll(replay(9));
    expect([...drawStep(step!, naming, PLAIN)]).toEqual([
      '20:14:12.120        19  relay-2 timed out after 10.1 s of silence  (9 pulses before it)',
      '                        - relay-2',
      '                        ~ viewer-4: under relay-2, depth 2 -> without a parent',
    ]);
  });

  it('writes only those lines of the screen that changed', () => {
    const written: string[] = [];
    const screen = new Screen({ rows: 10, write: (text) => written.push(text) });
    screen.paint(['one', 'two', 'three']);
    written.length = 0;
    screen.paint(['one', 'zwei', 'three']);
    expect(written).toEqual(['\u001b[2;1H\u001b[2Kzwei']);
    screen.paint(['one', 'zwei', 'three']);
    expect(written).toHaveLength(1);
    screen.paint(['one']);
    expect(written[1]).toBe('\u001b[2;1H\u001b[2K\u001b[3;1H\u001b[2K');
  });

  it('repaints nothing of a branch that did not change', () => {
    const track = new RecordedTrack('live', { rootPeerCount: 4, maxChildren: 4 });
    for (let peer = 1; peer <= 40; peer += 1) track.join(`p${peer}`, 4);
    const before = track.events.length;
    track.leave('p40');
    const log = new MemoryLogReader(track);
    const player = new Replay(log, 'live', { afterPosition: before, untilPosition: track.events.length });
    const names = new PeerNames(log, 'live');
    const written: string[] = [];
    const screen = new Screen({ rows: 80, write: (text) => written.push(text) });
    screen.paint(drawFrame(player, { step: null, changes: [] }, 'keys', 80, names, PLAIN));
    written.length = 0;
    const step = player.forward()!;
    screen.paint(drawFrame(player, { step, changes: step.changes }, 'keys', 80, names, PLAIN));
    expect(written.join('')).toContain('p40 left');
    expect(written.join('')).not.toMatch(/p1 .*Root/);
  });

  it('fits the screen, around what changed, also in a large tree', () => {
    const track = new RecordedTrack('live', { rootPeerCount: 20, maxChildren: 4 });
    for (let peer = 1; peer <= 300; peer += 1) track.join(`p${peer}`, 4);
    const log = new MemoryLogReader(track);
    const frame = (until: number): string[] => {
      const player = new Replay(log, 'live', { afterPosition: until - 2, untilPosition: until });
      player.forward();
      const step = player.forward()!;
      return drawFrame(player, { step, changes: step.changes }, 'keys', 24, new PeerNames(log, 'live'), PLAIN);
    };
    for (const until of [301, 601]) {
      const lines = frame(until);
      expect(lines.length).toBeLessThanOrEqual(24);
      const name = `p${(until - 1) / 2}`;
      expect(lines.slice(10).some((line) => line.includes(name))).toBe(true);
    }
    expect(frame(601)).toContainEqual(expect.stringMatching(/29\d other peers/));
  });
});

it('the JSON of a step is the event, with the changes beside it', () => {
  const [step] = playAll(replay(9));
  expect(replayStepJson(TRACK, step!, naming)).toMatchObject({
    track: TRACK,
    position: 19,
    type: 'PeerTimedOut',
    pulses_before: 9,
    changes: [
      { peer: 4, peer_id: 'relay-2', from: { parent_id: 'relay-1', depth: 1 }, to: null },
      { peer: 8, peer_id: 'viewer-4', to: { parent: null, depth: null } },
    ],
  });
});
