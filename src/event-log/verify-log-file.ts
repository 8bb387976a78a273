import { ASSIGNMENT_CAUSES, DEPARTURE_CAUSES, RECOVERY_REASONS, TOPOLOGY_EVENT_TYPES } from '../domain/events.js';
import { startDigest } from './cut-segment.js';
import { ROWS_PER_PAGE } from './event-log-limits.js';
import { sameBytes } from './head-row.js';
import { LAST_SEQUENCE, LOG_META } from './log-queries.js';
import type { SegmentReader, SegmentedLog } from './segment-reader.js';
import { faultsOfStretches } from './verify-stretches.js';
import { typeCode } from './topology-row.js';

/** Something wrong with a log that no track's chain can see. */
export interface LogFault {
  readonly file: string;
  readonly fault: string;
}

const TRACK_TABLES = ['track_head', 'commit', 'topology_event', 'pulse_block', 'peer_name'] as const;

/** Event types that a log knows which has been through a migration, and none that names more. */
const TYPES_NAMED: readonly (readonly [migration: string, types: number])[] = [
  ['0001-event-log', 12],
  ['0002-resilient-policy', 20],
  ['0003-track-configured', 21],
  ['0004-segments', 23],
];
const MIGRATIONS_APPLIED = `SELECT name FROM kysely_migration`;

/**
 * Checks what lies between the tracks: that every row belongs to a named track, every named track has a head, commits are
 * numbered without gaps, and the tables of names are those of this version. Empty when all is well; `verifyChain` does the rest.
 *
 * @throws DamagedLogFileError when SQLite cannot read the file.
 */
export function verifyLogFile(reader: SegmentedLog): LogFault[] {
  const { segments } = reader;
  const joints = segments.slice(1).flatMap((segment, index) => faultsOfJoint(segments[index], segment));
  const within = segments.flatMap((segment) =>
    segment.read(() =>
      [
        ...faultsOfTracks(segment),
        ...faultsOfStart(segment),
        ...faultsOfSequence(segment),
        ...faultsOfNames(segment),
        ...faultsOfStretches(segment.database),
      ].map((fault) => ({
        file: segment.file,
        fault,
      })),
    ),
  );
  return [...within, ...joints];
}

/** A segment goes on where the one before it ended, and belongs to the same log. */
function faultsOfJoint(before: SegmentReader | undefined, segment: SegmentReader): LogFault[] {
  if (before === undefined) return [];
  const lastSequence = before.read(() => before.database.prepare<[], number>(LAST_SEQUENCE).pluck().get()) ?? 0;
  const faults: string[] = [];
  if (segment.start()?.lastSequence !== lastSequence)
    faults.push('it does not follow the last commit of the segment before');
  if (logIdOf(before) !== logIdOf(segment)) faults.push('it belongs to another log than the segment before');
  const known = new Map(segment.openings().map((opening) => [opening.trackId, opening]));
  for (const head of before.heads()) {
    const opening = known.get(head.trackId);
    if (opening === undefined) faults.push(`it has lost track ${head.track}`);
    else if (opening.position !== head.position || !sameBytes(opening.hash, head.hash))
      faults.push(`it does not begin with the head of track ${head.track}`);
  }
  return faults.map((fault) => ({ file: segment.file, fault }));
}

function logIdOf(segment: SegmentReader): string | undefined {
  return segment.read(() => segment.database.prepare<[], { log_id: string }>(LOG_META).get())?.log_id;
}

/** What a segment begins with must be what was written at the cut. */
function faultsOfStart(segment: SegmentReader): string[] {
  const start = segment.start();
  if (start === null) return segment.number > 1 ? ['segment_start is empty'] : [];
  const cells = segment.openingCells();
  return sameBytes(start.digest, startDigest(start.lastSequence, cells))
    ? []
    : ['what the segment begins with was edited'];
}

function faultsOfTracks(segment: SegmentReader): string[] {
  const known = new Set(segment.database.prepare<[], number>('SELECT track_id FROM track').pluck().all());
  const headed = new Set(segment.database.prepare<[], number>('SELECT track_id FROM track_head').pluck().all());
  const faults: string[] = [];
  for (const trackId of known) {
    if (!headed.has(trackId)) faults.push(`track ${String(trackId)} has lost its row of track_head`);
  }
  for (const table of TRACK_TABLES) {
    for (const trackId of trackIdsIn(segment, table)) {
      if (!known.has(trackId)) faults.push(`rows of ${table} belong to track ${String(trackId)}, which has no name`);
    }
  }
  return faults;
}

/** Jumps from track to track along the key; reading every row would take as long as the whole verification. */
function* trackIdsIn(segment: SegmentReader, table: (typeof TRACK_TABLES)[number]): Generator<number, void> {
  const next = segment.database
    .prepare<[number], number | null>(`SELECT min(track_id) FROM "${table}" WHERE track_id > ?`)
    .pluck();
  for (let trackId = next.get(-Infinity) ?? null; trackId !== null; trackId = next.get(trackId) ?? null) yield trackId;
}

function faultsOfSequence(segment: SegmentReader): string[] {
  let before = segment.start()?.lastSequence ?? 0;
  for (;;) {
    const page = segment.commitsAfter(before, ROWS_PER_PAGE);
    for (const { sequence } of page) {
      if (sequence !== before + 1) return [`commit ${String(before + 1)} is missing; the next is ${String(sequence)}`];
      before = sequence;
    }
    if (page.length < ROWS_PER_PAGE) return [];
  }
}

function faultsOfNames(segment: SegmentReader): string[] {
  const known = TOPOLOGY_EVENT_TYPES.slice(0, typesNamedIn(segment));
  const types = known.map((name, index) => `${String(index + 1)} ${name}`);
  const causes = [
    ...namesOf(typeCode('ServiceRecovered'), RECOVERY_REASONS),
    ...namesOf(typeCode('PeerLeft'), DEPARTURE_CAUSES),
    ...namesOf(typeCode('ParentAssigned'), ASSIGNMENT_CAUSES),
  ];
  const storedTypes = `SELECT code || ' ' || name FROM event_type ORDER BY code`;
  const storedCauses = `SELECT type || ' ' || code || ' ' || name FROM cause_name ORDER BY type, code`;
  return [
    ...(sameLines(segment, storedTypes, types) ? [] : ['event_type was edited']),
    ...(sameLines(segment, storedCauses, causes) ? [] : ['cause_name was edited']),
  ];
}

/** A log that no later version has written to names the types of its own day. */
function typesNamedIn(segment: SegmentReader): number {
  const applied = new Set(segment.database.prepare<[], string>(MIGRATIONS_APPLIED).pluck().all());
  return TYPES_NAMED.findLast(([migration]) => applied.has(migration))?.[1] ?? 0;
}

function namesOf(type: number, names: readonly string[]): string[] {
  return names.map((name, index) => `${String(type)} ${String(index + 1)} ${name}`);
}

function sameLines(segment: SegmentReader, query: string, wanted: readonly string[]): boolean {
  return segment.database.prepare<[], string>(query).pluck().all().join('\n') === wanted.join('\n');
}
