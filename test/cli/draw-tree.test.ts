import { expect, it } from '@jest/globals';
import { drawTree } from '../../src/cli/draw-tree.js';
import { livenessAt } from '../../src/history/tree-at.js';
import { eveningTrack } from '../support/evening-track.js';
import { MemoryLogReader } from '../support/memory-log-reader.js';
import { RecordedTrack } from '../support/recorded-track.js';

const same = (text: string): string => text;
const PLAIN = { bold: same, dim: same, alert: same };

it('a tree is drawn from the origin down, the waiting in their own section', () => {
  expect([...drawTree(eveningTrack().tree, null, PLAIN)]).toEqual([
    'origin',
    '└─ relay-1       Root     depth 0   2/2',
    '   ├─ relay-3    Relay    depth 1   1/1',
    '   │  └─ late    Leaf     depth 2   0/0',
    '   └─ viewer-4   Leaf     depth 1   0/0',
    '',
    'waiting for a slot: 1 peer',
    '└─ later         Waiting  not fed   0/0',
  ]);
});

it('liveness is drawn behind each peer, and who is overdue stands out', () => {
  const track = new RecordedTrack('live').join('root').join('viewer').later(1_000).beat('root').report('root', 1_204);
  const reader = new MemoryLogReader(track);
  const liveness = livenessAt(reader, 'live', track.tree, track.events.length);
  expect([...drawTree(track.tree, { liveness, atMs: track.nowMs + 9_000 }, PLAIN)]).toEqual([
    'origin',
    '└─ root        Root     depth 0   1/3    heartbeat 20:14:01.000  1,204 frames',
    '   └─ viewer   Leaf     depth 1   0/3    no heartbeat yet        0 frames  overdue',
  ]);
});

it('an empty tree says so', () => {
  expect([...drawTree(new RecordedTrack('live').tree, null, PLAIN)]).toEqual(['origin  feeds nobody']);
});

it('a tree as deep as allowed is drawn line by line', () => {
  const deep = new RecordedTrack('deep', { rootPeerCount: 1, maxChildren: 1, maxDepth: 1_000 });
  for (let serial = 0; serial <= 1_000; serial += 1) deep.join(`p${String(serial)}`);
  const lines = [...drawTree(deep.tree, null, PLAIN)];
  expect(lines).toHaveLength(1_002);
  expect(lines.at(-1)).toMatch(/└─ p1000 {3}Leaf {5}depth 1000/);
});
