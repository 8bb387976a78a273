import { ASSIGNMENT_CAUSES, DEPARTURE_CAUSES, RECOVERY_REASONS, TOPOLOGY_EVENT_TYPES } from '../domain/events.js';
import { ROWS_PER_PAGE } from './event-log-limits.js';
import type { SegmentReader, SegmentedLog } from './segment-reader.js';
import { typeCode } from './topology-row.js';

/** Something wrong with a log that no track's chain can see. */
export interface LogFault {
  readonly file: string;
  readonly fault: string;
}

const TRACK_TABLES = ['track_head', 'commit', 'topology_event', 'pulse_block', 'peer_name'] as const;

/** Event types that migration 0001 names. */
const TYPES_OF_FIRST_FORMAT = 12;
const NAMES_RESILIENT_EVENTS = `SELECT count(*) FROM kysely_migration WHERE name = '0002-resilient-policy'`;

/**
 * Checks what lies between the tracks: that every row belongs to a named track, every named track has a head, commits are
 * numbered without gaps, and the tables of names are those of this version. Empty when all is well; `verifyChain` does the rest.
 *
 * @throws DamagedLogFileError when SQLite cannot read the file.
 */
export function verifyLogFile(reader: SegmentedLog): LogFault[] {
  return reader.segments.flatMap((segment) =>
    segment.read(() =>
      [...faultsOfTracks(segment), ...faultsOfSequence(segment), ...faultsOfNames(segment)].map((fault) => ({
        file: segment.file,
        fault,
      })),
    ),
  );
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
  let before = 0;
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
  const isMigrated = segment.database.prepare<[], number>(NAMES_RESILIENT_EVENTS).pluck().get() === 1;
  return isMigrated ? TOPOLOGY_EVENT_TYPES.length : TYPES_OF_FIRST_FORMAT;
}

function namesOf(type: number, names: readonly string[]): string[] {
  return names.map((name, index) => `${String(type)} ${String(index + 1)} ${name}`);
}

function sameLines(segment: SegmentReader, query: string, wanted: readonly string[]): boolean {
  return segment.database.prepare<[], string>(query).pluck().all().join('\n') === wanted.join('\n');
}
