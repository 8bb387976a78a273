import { ORIGIN } from '../../domain/ids.js';
import { eventSentence } from '../../history/event-clauses.js';
import { type PeerNaming, spokenName } from '../../history/peer-names.js';
import type { PeerPlace } from '../../history/peer-place.js';
import type { PlaceChange, ReplayStep } from '../../history/replay.js';
import { counted } from '../../history/spoken-figures.js';
import type { Ink } from '../ink.js';
import { timeOfDay } from '../spoken-time.js';

/** Changes that a step tells one by one; a root that goes moves everybody below it. */
const CHANGES_TOLD_MAX = 12;
const INDENT = ' '.repeat(24);

/** A step as lines of text: what happened, and each peer whose place it changed. */
export function* drawStep(step: ReplayStep, naming: PeerNaming, ink: Ink): IterableIterator<string> {
  const { event, pulsesBefore } = step;
  const pulses = pulsesBefore === 0 ? '' : ink.dim(`  (${counted(pulsesBefore, 'pulse')} before it)`);
  yield `${ink.dim(timeOfDay(event.recordedAt))}  ${String(event.position).padStart(8)}  ${eventSentence(event, naming)}${pulses}`;
  for (const line of drawChanges(step.changes, naming)) yield `${INDENT}${line}`;
}

/** The peers whose places changed: `+` came, `-` went, `~` moved. */
export function* drawChanges(changes: readonly PlaceChange[], naming: PeerNaming): IterableIterator<string> {
  for (const change of changes.slice(0, CHANGES_TOLD_MAX)) yield changeText(change, naming);
  const more = changes.length - CHANGES_TOLD_MAX;
  if (more > 0) yield `... and ${counted(more, 'peer')} more`;
}

function changeText({ peer, before, after }: PlaceChange, naming: PeerNaming): string {
  const name = spokenName(naming, peer);
  if (after === null) return `- ${name}`;
  if (before === null) return `+ ${name}: ${placeText(after, naming)}`;
  return `~ ${name}: ${placeText(before, naming)} -> ${placeText(after, naming)}`;
}

function placeText({ standing, parent, depth }: PeerPlace, naming: PeerNaming): string {
  if (standing === 'unplaced') return 'without a parent';
  if (standing === 'waiting') return 'waiting';
  if (depth === null) return `cut off, below ${spokenName(naming, parent ?? ORIGIN)}`;
  return `under ${spokenName(naming, parent ?? ORIGIN)}, depth ${String(depth)}`;
}
