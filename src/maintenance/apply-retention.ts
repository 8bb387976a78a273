import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { PeerNumber } from '../domain/ids.js';
import { canonicalState } from '../domain/canonical-state.js';
import { RelayTree } from '../domain/relay-tree.js';
import { openingFile, openingNumbers } from '../event-log/data-directory.js';
import { NameEraser } from '../event-log/erase-names.js';
import { hexOf, type HeadRow } from '../event-log/head-row.js';
import { encodeLiveness } from '../event-log/liveness-codec.js';
import { flush, type OpeningState, writeOpeningFile } from '../event-log/opening-file.js';
import { isSealed } from '../event-log/seal-segment.js';
import type { SegmentReader } from '../event-log/segment-reader.js';
import { openEventLogReader, type SqliteEventLogReader } from '../event-log/sqlite-event-log-reader.js';
import { stateAt } from '../event-log/state-at.js';
import type { LogKeeper, RetentionCut } from './log-keeper.js';

/** What becomes of the segments: moved to a directory, or deleted together with the names that nothing refers to any more. */
export type Disposal = Readonly<{ kind: 'move'; directory: string } | { kind: 'delete' }>;

export interface RetentionPlan {
  readonly dataDir: string;
  /** Segments whose last event was recorded before go. Epoch milliseconds. */
  readonly before: number;
  readonly disposal: Disposal;
}

/** What was done. */
export interface RetentionDone {
  /** File names of the segments that are gone, oldest first. */
  readonly segments: readonly string[];
  /** Tracks that lost events. */
  readonly tracks: number;
  readonly events: number;
  /** Names that were erased with them. */
  readonly names: number;
}

const NOTHING: RetentionDone = { segments: [], tracks: 0, events: 0, names: 0 };

/**
 * Removes the sealed segments that are old enough, oldest first. Before the first file goes, the state each track was in at the cut is kept
 * in a file of its own, and every track that loses events has recorded it. An interrupted call is made good by calling again.
 *
 * @param onProgress told in words what is done.
 * @throws MaintenanceRefused when the service says no; nothing is removed then.
 */
export async function applyRetention(
  { dataDir, before, disposal }: RetentionPlan,
  keeper: LogKeeper,
  onProgress: (doing: string) => void = () => undefined,
): Promise<RetentionDone> {
  const reader = openEventLogReader(dataDir);
  try {
    const gone = segmentsToRemove(reader.segments, before);
    const first = reader.segments[gone.length];
    if (gone.length === 0 || first === undefined) return NOTHING;
    const losing = losses(gone[0], first);
    const wasPrepared = existsSync(openingFile(dataDir, first.number));
    const states = statesAt(reader, first, onProgress);
    if (!wasPrepared) {
      const open = [...states].filter(([, state]) => state.isOpen);
      writeOpeningFile(dataDir, first.number, first.meta().logId, open);
    }
    const cuts = losing.map((opening) => cutOf(opening, states.get(opening.trackId)));
    // Only an interrupted call can have recorded it already.
    const unrecorded = wasPrepared
      ? cuts.filter(({ track, throughPosition }) => !reader.isRetentionRecorded(track, throughPosition))
      : cuts;
    onProgress(`recording it in ${String(unrecorded.length)} tracks`);
    await keeper.recordRetention(unrecorded);
    remove(dataDir, gone, first.number, disposal, onProgress);
    return {
      segments: gone.map(({ file }) => basename(file)),
      tracks: losing.length,
      events: losing.reduce((sum, { position, trackId }) => sum + position - beginningOf(gone[0], trackId), 0),
      names: disposal.kind === 'delete' ? eraseNames(dataDir, first, states) : 0,
    };
  } finally {
    reader.close();
  }
}

/** Those from the oldest on that ended before, are sealed, and are not the live one. */
function segmentsToRemove(segments: readonly SegmentReader[], before: number): SegmentReader[] {
  const kept = segments.findIndex((segment, index) => {
    const next = segments[index + 1];
    return next === undefined || next.meta().createdAt >= before || !isSealed(segment.file);
  });
  return segments.slice(0, kept);
}

function beginningOf(segment: SegmentReader | undefined, trackId: number): number {
  return segment?.opening(trackId)?.position ?? 0;
}

/** Tracks with events between the beginning of the first segment that goes and that of the first that stays. */
function losses(oldest: SegmentReader | undefined, first: SegmentReader): HeadRow[] {
  return first.openings().filter(({ trackId, position }) => position > beginningOf(oldest, trackId));
}

interface StateAtCut extends OpeningState {
  readonly isOpen: boolean;
  readonly stateHash: string;
  readonly peers: ReadonlySet<PeerNumber>;
}

function statesAt(
  reader: SqliteEventLogReader,
  first: SegmentReader,
  onProgress: (doing: string) => void,
): Map<number, StateAtCut> {
  const states = new Map<number, StateAtCut>();
  for (const { trackId, track, position, open } of first.openings()) {
    if (!open) continue;
    onProgress(`keeping the state of ${track} at position ${String(position)}`);
    const { tree, liveness } = stateAt(reader, track, position);
    const state = canonicalState(tree);
    const peers = new Set(Array.from(tree.peers(), (peer) => peer.number));
    states.set(trackId, { isOpen: open, state, stateHash: sha256(state), liveness: encodeLiveness(liveness), peers });
  }
  return states;
}

const EMPTY_STATE_HASH = sha256(canonicalState(new RelayTree()));

function cutOf({ track, position, hash }: HeadRow, state: StateAtCut | undefined): RetentionCut {
  const stateHash = state?.stateHash ?? EMPTY_STATE_HASH;
  return { track, throughPosition: position, chainHash: hexOf(hash), stateHash };
}

function remove(
  dataDir: string,
  gone: readonly SegmentReader[],
  firstKept: number,
  disposal: Disposal,
  onProgress: (doing: string) => void,
): void {
  if (disposal.kind === 'move') mkdirSync(disposal.directory, { recursive: true });
  for (const { file } of gone) {
    onProgress(`${disposal.kind === 'move' ? 'moving' : 'deleting'} ${basename(file)}`);
    if (disposal.kind === 'move') move(file, join(disposal.directory, basename(file)));
    else rmSync(file);
    flush(dataDir);
  }
  for (const number of openingNumbers(dataDir)) if (number < firstKept) rmSync(openingFile(dataDir, number));
}

/** Whole at the other end before it goes from here, also from one disk to another. */
function move(file: string, target: string): void {
  try {
    renameSync(file, target);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error;
    copyFileSync(file, `${target}.new`);
    flush(`${target}.new`);
    renameSync(`${target}.new`, target);
    rmSync(file);
  }
}

function eraseNames(dataDir: string, first: SegmentReader, states: ReadonlyMap<number, StateAtCut>): number {
  const nobody: ReadonlySet<PeerNumber> = new Set();
  const tracks = first.openings().map(({ trackId, position }) => ({
    trackId,
    throughPosition: position,
    kept: states.get(trackId)?.peers ?? nobody,
  }));
  return new NameEraser(dataDir, first.meta().logId).eraseUpTo(tracks);
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
