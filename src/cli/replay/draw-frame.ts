import type { PeerNumber } from '../../domain/ids.js';
import type { PeerNaming } from '../../history/peer-names.js';
import type { PlaceChange, Replay, ReplayStep } from '../../history/replay.js';
import { counted } from '../../history/spoken-figures.js';
import { drawTree } from '../draw-tree.js';
import type { Ink } from '../ink.js';
import { isoTimestamp } from '../spoken-time.js';
import { drawFocus } from './draw-focus.js';
import { drawChanges, drawStep } from './draw-step.js';

/** Trees up to this size are drawn whole. */
const WHOLE_TREE_PEERS_MAX = 200;
/** Lines of the tree left visible above the first that changed. */
const LINES_ABOVE = 5;

/** Lines for what happened; a step that tells more is cut off, its peers stand in the tree. */
const HAPPENING_LINES = 6;

/** What the last key or event did: a step forward, or what going back changed. */
export type Shown = Readonly<{ step: ReplayStep | null; changes: readonly PlaceChange[] }>;

/**
 * One frame of a replay: where it is, what happened, and the tree around the part that changed.
 *
 * @param rows of the terminal; the frame has no more lines.
 */
export function drawFrame(
  replay: Replay,
  shown: Shown,
  help: string,
  rows: number,
  naming: PeerNaming,
  ink: Ink,
): string[] {
  const { tree } = replay;
  const time = tree.position === 0 ? 'before the first event' : isoTimestamp(tree.recordedAt);
  const head = [
    `${ink.bold(replay.track)}  position ${String(replay.position)} of ${String(replay.range.untilPosition)}  ${time}`,
    `${counted(tree.size, 'peer')} · ${counted(tree.rootCount, 'root')} · ${String(tree.size - tree.placedCount)} waiting`,
    '',
    ...happenings(shown, naming, ink),
    '',
  ];
  const room = Math.max(0, rows - head.length - 2);
  return [...head, ...treePart(replay, shown.changes, room, naming, ink), '', ink.dim(help)].slice(0, rows);
}

/** Always the same number of lines: the tree below must not slide because one event tells more than another. */
function happenings({ step, changes }: Shown, naming: PeerNaming, ink: Ink): string[] {
  const lines = [...(step === null ? drawChanges(changes, naming) : drawStep(step, naming, ink))];
  return Array.from({ length: HAPPENING_LINES }, (_, line) => lines[line] ?? '');
}

function treePart(
  { tree }: Replay,
  changes: readonly PlaceChange[],
  room: number,
  naming: PeerNaming,
  ink: Ink,
): string[] {
  const changed = changes.map(({ peer }) => peer);
  if (tree.size > WHOLE_TREE_PEERS_MAX) return [...drawFocus(tree, changed, ink)].slice(0, room);
  const lines = [...drawTree(tree, null, ink)];
  if (lines.length <= room) return lines;
  const first = firstLineOf(lines, changed, naming);
  const begin = Math.max(0, Math.min(first - LINES_ABOVE, lines.length - room));
  return lines.slice(begin, begin + room);
}

function firstLineOf(lines: readonly string[], changed: readonly PeerNumber[], naming: PeerNaming): number {
  const names = changed.map((peer) => naming.peerId(peer) ?? `#${String(peer)}`);
  return Math.max(
    0,
    lines.findIndex((line) => names.some((name) => line.includes(name))),
  );
}
