import { cp } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { openEventLogReader } from '../../src/event-log/sqlite-event-log-reader.js';
import { SnapshotFiles } from '../../src/event-log/snapshot-files.js';
import { largeTrackName } from '../support/large-log.js';
import { writeAgedLog } from './aged-log.js';
import { keptLog, logEvents } from './log-size.js';
import { inTemporaryDirectory } from './temporary-directory.js';

export const PAST_PEERS = 10_000;
export const PAST_TRACK = largeTrackName(0);
/** A beat of each of 10,000 peers every 4.5 s, and 30 who go and 30 who come a second, relays among them: 19 of 20 events are pulses. */
const PULSES_PER_BLOCK = 444;
const CHURN_PER_BLOCK = 6;

/** A long log to ask about. */
export interface PastLog {
  readonly dataDir: string;
  readonly events: number;
  readonly text: string;
}

/** Runs `work` on a log of a large track, which is written first, or taken from where an earlier run has kept it. It may be written to. */
export function withPastLog<Result>(work: (log: PastLog) => Promise<Result>): Promise<Result> {
  return inTemporaryDirectory(async (dataDir) => {
    const kept = keptLog();
    if (kept === null) await writePastLog(dataDir);
    else {
      if (!existsSync(join(kept, 'log-000001.sqlite'))) await writePastLog(kept);
      await cp(kept, dataDir, { recursive: true });
    }
    const reader = openEventLogReader(dataDir);
    const events = reader.head(PAST_TRACK)?.position ?? 0;
    reader.close();
    const snapshots = new SnapshotFiles(dataDir).positions(PAST_TRACK).length;
    const text = `one track of ${String(events)} events with ${String(PAST_PEERS)} peers, of whom 30 go and 30 others come each second, ${String(snapshots)} snapshots taken as the service schedules them`;
    return work({ dataDir, events, text });
  });
}

async function writePastLog(dataDir: string): Promise<void> {
  await writeAgedLog(dataDir, {
    tracks: 1,
    peersPerTrack: PAST_PEERS,
    eventsPerTrack: logEvents(),
    pulsesPerBlock: PULSES_PER_BLOCK,
    churnPerBlock: CHURN_PER_BLOCK,
    relaysLeave: true,
  });
}
