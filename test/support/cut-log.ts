import type { TrackAppend } from '../../src/event-log/event-log.js';
import { openEventLogReader, type SqliteEventLogReader } from '../../src/event-log/sqlite-event-log-reader.js';
import { SqliteEventLog } from '../../src/event-log/sqlite-event-log.js';
import { type RecordedTrack, runsOf } from './recorded-track.js';

/** What stands in a track between two positions, as one append; somebody is in the track after it. */
export function partOf(track: RecordedTrack, after: number, until = track.events.length): TrackAppend {
  return { track: track.name, previousPosition: after, runs: runsOf(track.events.slice(after, until)), open: true };
}

/** Appends, and cuts a new segment behind each append whose index is named. */
export async function writeCutLog(
  dataDir: string,
  appends: readonly TrackAppend[],
  cuts: ReadonlySet<number>,
): Promise<void> {
  const log = await SqliteEventLog.open({ dataDir, nowMs: 0 });
  try {
    for (const [index, append] of appends.entries()) {
      await log.append([append]);
      if (cuts.has(index)) await log.cut((await log.head(append.track))?.recordedAt ?? 0);
    }
  } finally {
    await log.close();
  }
}

/** Asks a log that nobody needs to keep open. */
export function readLog<Answer>(dataDir: string, ask: (reader: SqliteEventLogReader) => Answer): Answer {
  const reader = openEventLogReader(dataDir);
  try {
    return ask(reader);
  } finally {
    reader.close();
  }
}
