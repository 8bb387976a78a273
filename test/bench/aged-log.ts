import type { CommitRecord } from '../../src/event-log/commit-record.js';
import { openEventLogReader, type SqliteEventLogReader } from '../../src/event-log/sqlite-event-log-reader.js';
import { SnapshotFiles } from '../../src/event-log/snapshot-files.js';
import { takeSnapshot } from '../../src/event-log/take-snapshot.js';
import { type EventCounts, SnapshotSchedule } from '../../src/topology/snapshot-schedule.js';
import { type LargeLogWishes, writeLargeLog } from '../support/large-log.js';

const COMMITS_PER_PAGE = 1_000;

/** What a service that was killed has left: how much of the log is behind its newest snapshots, over all tracks. */
export interface AgedLog {
  readonly events: number;
  readonly snapshots: number;
  readonly eventsBehindSnapshots: number;
}

/**
 * Writes a log, and the snapshots that a service would have taken while it grew: whenever its own schedule says that one is due.
 *
 * @param wishes as for `writeLargeLog`.
 */
export async function writeAgedLog(dataDir: string, wishes: LargeLogWishes): Promise<AgedLog> {
  await writeLargeLog(dataDir, wishes);
  const reader = openEventLogReader(dataDir);
  try {
    return takeAllDue(reader, new SnapshotFiles(dataDir), wishes.peersPerTrack);
  } finally {
    reader.close();
  }
}

function takeAllDue(reader: SqliteEventLogReader, files: SnapshotFiles, peers: number): AgedLog {
  const schedule = new SnapshotSchedule();
  const behind = new Map<string, number>();
  let snapshots = 0;
  for (const commit of allCommits(reader)) {
    const { track, firstPosition, lastPosition } = commit;
    behind.set(track, (behind.get(track) ?? 0) + lastPosition - firstPosition + 1);
    schedule.grew(track, countsOf(reader, commit), peers);
    if (!schedule.isDue(track)) continue;
    if (takeSnapshot(reader, files, track, lastPosition) !== null) snapshots += 1;
    schedule.taken(track, schedule.costMs(track));
    behind.set(track, 0);
  }
  const events = reader.heads().reduce((sum, { position }) => sum + position, 0);
  const eventsBehindSnapshots = [...behind.values()].reduce((sum, count) => sum + count, 0);
  return { events, snapshots, eventsBehindSnapshots };
}

function* allCommits(reader: SqliteEventLogReader): Generator<CommitRecord, void> {
  let sequence = 0;
  for (;;) {
    const page = reader.commitsAfter(sequence, COMMITS_PER_PAGE);
    yield* page;
    const last = page.at(-1);
    if (last === undefined || page.length < COMMITS_PER_PAGE) return;
    sequence = last.sequence;
  }
}

/** A commit of these logs holds events of one kind. */
function countsOf(reader: SqliteEventLogReader, { track, firstPosition, lastPosition }: CommitRecord): EventCounts {
  const count = lastPosition - firstPosition + 1;
  const range = { track, afterPosition: firstPosition - 1, untilPosition: firstPosition };
  const isTopology = reader.topologyEvents(range).next().done !== true;
  return isTopology ? { topologyEvents: count, pulses: 0 } : { topologyEvents: 0, pulses: count };
}
