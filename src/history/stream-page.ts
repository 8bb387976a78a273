import { type EventType, PULSE_EVENT_TYPES, TOPOLOGY_EVENT_TYPES } from '../domain/events.js';
import type { EventLogReader } from '../event-log/event-log.js';
import type { CommitRecord } from '../event-log/commit-record.js';
import { eventJson } from './event-json.js';
import { HistoryFault, type StreamEntry, type StreamFilter, type StreamPage } from './history-request.js';
import { PeerNames } from './peer-names.js';
import { selectEvents } from './select-events.js';
import { BEGINNING, CHECK_LENGTH, type StreamCursor } from './stream-cursor.js';

/** A log whose commits can be followed over all tracks. */
export interface CommitReader extends EventLogReader {
  commitsAfter(sequence: number, limit: number): CommitRecord[];
  /** The last commit of the log; null when it has none. */
  lastCommit(): CommitRecord | null;
}

/** Commits one page looks at. */
export const COMMITS_PER_STREAM_PAGE_MAX = 1_000;
/** Events after which a page ends; the rest of the commit follows with the next page. */
export const EVENTS_PER_STREAM_PAGE_MAX = 1_000;

/**
 * Where a reader may begin: the end of the log, or the cursor it came back with when the log has that very commit.
 *
 * @throws HistoryFault `unknown_stream_position` when it has not: another log, or one put back from a backup.
 */
export function streamStart(reader: CommitReader, wanted: StreamCursor | null): StreamCursor {
  if (wanted === null) {
    const last = reader.lastCommit();
    return last === null ? BEGINNING : endOf(last);
  }
  if (wanted.sequence === 0) return BEGINNING;
  const [commit] = reader.commitsAfter(wanted.sequence - 1, 1);
  const isThere = commit?.sequence === wanted.sequence && checkOf(commit) === wanted.check;
  if (isThere && wanted.position >= commit.firstPosition && wanted.position <= commit.lastPosition) return wanted;
  throw new HistoryFault(
    'unknown_stream_position',
    'this log never sent that event id: begin without one, or with 0 for the whole log',
  );
}

/**
 * The next stretch of the log behind `after`. Each page is bounded, in commits and in events, so no reader who is far behind occupies a
 * thread for long.
 *
 * @throws CorruptLogError with the track named.
 */
export function streamPage(reader: CommitReader, after: StreamCursor, filter: StreamFilter): StreamPage {
  // The commit of the cursor is read again: the reader may be in the middle of it.
  const sequence = Math.max(0, after.sequence - 1);
  const commits = reader.commitsAfter(sequence, COMMITS_PER_STREAM_PAGE_MAX);
  const entries: StreamEntry[] = [];
  const names = new NamesOfTracks(reader);
  let next = after;
  for (const stretch of stretches(commits, after)) {
    const end = stretch.at(-1);
    if (end === undefined) continue;
    if (filter.tracks === null || filter.tracks.has(end.track)) {
      for (const entry of entriesOf(reader, names, stretch, after, filter.types)) {
        if (entries.length === EVENTS_PER_STREAM_PAGE_MAX) return { after, entries, next, isEnd: false };
        entries.push(entry);
        next = entry.cursor;
      }
    }
    next = endOf(end);
  }
  return { after, entries, next, isEnd: commits.length < COMMITS_PER_STREAM_PAGE_MAX };
}

/** Consecutive commits of one track, which are read in one go. The last commit the reader has had in full is left out. */
function* stretches(commits: readonly CommitRecord[], after: StreamCursor): IterableIterator<CommitRecord[]> {
  let stretch: CommitRecord[] = [];
  for (const commit of commits) {
    if (commit.sequence === after.sequence && commit.lastPosition <= after.position) continue;
    const [first] = stretch;
    if (first !== undefined && first.track !== commit.track) {
      yield stretch;
      stretch = [];
    }
    stretch.push(commit);
  }
  if (stretch.length > 0) yield stretch;
}

function* entriesOf(
  reader: CommitReader,
  names: NamesOfTracks,
  stretch: readonly CommitRecord[],
  after: StreamCursor,
  types: ReadonlySet<EventType> | null,
): IterableIterator<StreamEntry> {
  const [first] = stretch;
  const last = stretch.at(-1);
  if (first === undefined || last === undefined || !isAnyWanted(types)) return;
  const { track } = first;
  const had = first.sequence === after.sequence ? after.position : first.firstPosition - 1;
  const range = { track, afterPosition: had, untilPosition: last.lastPosition };
  const naming = names.of(track);
  const commits = stretch[Symbol.iterator]();
  let commit = commits.next().value ?? first;
  for (const event of selectEvents(reader, range, { types, peers: null })) {
    while (event.position > commit.lastPosition) commit = commits.next().value ?? last;
    naming.learn(event);
    const cursor = { sequence: commit.sequence, position: event.position, check: checkOf(commit) };
    yield { track, type: event.type, cursor, line: JSON.stringify(eventJson(track, event, naming)) };
  }
}

/** Names are kept for one page only: a peer that is forgotten meanwhile must not be named from memory. */
class NamesOfTracks {
  readonly #names = new Map<string, PeerNames>();

  constructor(private readonly reader: EventLogReader) {}

  of(track: string): PeerNames {
    const names = this.#names.get(track) ?? new PeerNames(this.reader, track);
    this.#names.set(track, names);
    return names;
  }
}

/** An empty filter lets nothing through, and needs no look into the commits. */
function isAnyWanted(types: ReadonlySet<EventType> | null): boolean {
  return types === null || types.size > 0;
}

/** Whether a filter lets heartbeats or reports through. */
export function wantsPulses({ types }: StreamFilter): boolean {
  return types === null || PULSE_EVENT_TYPES.some((type) => types.has(type));
}

/** Every type but the pulses. */
export const TOPOLOGY_TYPES: ReadonlySet<EventType> = new Set<EventType>(TOPOLOGY_EVENT_TYPES);

function endOf(commit: CommitRecord): StreamCursor {
  return { sequence: commit.sequence, position: commit.lastPosition, check: checkOf(commit) };
}

function checkOf(commit: CommitRecord): string {
  return commit.hash.slice(0, CHECK_LENGTH);
}
