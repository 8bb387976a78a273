import { systemClock } from '../../src/clock.js';
import { WorkerEventLog } from '../../src/event-log/worker-event-log.js';
import { openEventLogReader } from '../../src/event-log/sqlite-event-log-reader.js';
import { LiveTracks } from '../../src/topology/live-tracks.js';
import { ServiceTime } from '../../src/topology/service-time.js';
import { TopologyWriter } from '../../src/topology/topology-writer.js';
import type { WriterListener } from '../../src/topology/writer-events.js';

const TRACKS_MAX = 1_000;
const PULSE_LINGER_MS = 200;

/** A writer with all that is behind it in the service: the log on its worker, with FULL. */
export interface LiveWriter {
  readonly writer: TopologyWriter;
  close(): Promise<void>;
}

export async function openLiveWriter(dataDir: string, listener: WriterListener): Promise<LiveWriter> {
  const log = await WorkerEventLog.open({ dataDir, nowMs: Date.now() });
  const reader = openEventLogReader(dataDir);
  const tracks = new LiveTracks(log, reader, TRACKS_MAX, listener);
  const time = new ServiceTime(systemClock, 0);
  const writer = new TopologyWriter({
    log,
    tracks,
    time,
    clock: systemClock,
    listener,
    pulseLingerMs: PULSE_LINGER_MS,
  });
  return {
    writer,
    async close() {
      await writer.stop();
      reader.close();
      await log.close();
    },
  };
}
