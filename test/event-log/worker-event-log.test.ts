import { afterEach, describe, expect, it } from '@jest/globals';
import { AppendOutcomeUnknownError } from '../../src/event-log/event-log.js';
import { unsealedSegments } from '../../src/event-log/seal-segment.js';
import { openEventLogReader } from '../../src/event-log/sqlite-event-log-reader.js';
import { WorkerEventLog } from '../../src/event-log/worker-event-log.js';
import { eventually } from '../support/eventually.js';
import { builtWorkerUrl } from './built-worker.js';
import { eventLogContract } from './event-log-contract.js';
import { NOW, append, joined, newDataDir, opened, removeDataDirs, topology } from './sample-log.js';

eventLogContract('WorkerEventLog', (dataDir) =>
  WorkerEventLog.open({ dataDir, nowMs: NOW, workerUrl: builtWorkerUrl() }),
);

describe('a worker that is lost', () => {
  afterEach(removeDataDirs);

  /** Time is over at once when `isLate` says so. */
  async function openWithTimer(isLate: () => boolean): Promise<WorkerEventLog> {
    return WorkerEventLog.open({
      dataDir: newDataDir(),
      nowMs: NOW,
      workerUrl: builtWorkerUrl(),
      startTimer: (_, onLate) => {
        if (isLate()) onLate();
        return () => undefined;
      },
    });
  }

  it('leaves the outcome of an append unknown, and the heads tell it afterwards', async () => {
    let late = false;
    const log = await openWithTimer(() => late);
    await log.append([append('live/a', 0, topology(opened(1)))]);
    late = true;
    await expect(log.append([append('live/a', 1, topology(joined(2, 'ann')))])).rejects.toThrow(
      AppendOutcomeUnknownError,
    );
    late = false;
    const position = (await log.head('live/a'))?.position ?? 0;
    expect([1, 2]).toContain(position);
    await log.append([append('live/a', position, topology(joined(position + 1, 'bob')))]);
    expect(await log.head('live/a')).toMatchObject({ position: position + 1 });
    await log.close();
  });

  it('is replaced at the next call, and the directory stays locked meanwhile', async () => {
    let late = false;
    const log = await openWithTimer(() => late);
    late = true;
    await expect(log.head('live/a')).rejects.toThrow(/not answered/);
    late = false;
    await log.append([append('live/a', 0, topology(opened(1)))]);
    expect(await log.openHeads()).toHaveLength(1);
    await log.close();
  });
});

describe('a segment that was cut off', () => {
  afterEach(removeDataDirs);

  it('is left alone until sealing may begin, where a start needs the processors', async () => {
    const dataDir = newDataDir();
    let cuts = 0;
    const log = await WorkerEventLog.open({
      ...{ dataDir, nowMs: NOW, workerUrl: builtWorkerUrl(), sealsLater: true },
      segments: { bytesMax: 1, ageMsMax: Infinity },
      onCut: () => (cuts += 1),
    });
    await log.append([append('live/a', 0, topology(opened(1)))]);
    await eventually('the cut', 5_000, () => (cuts > 0 ? cuts : null));
    expect(unsealedSegments(dataDir)).toHaveLength(1);

    log.startSealing();
    await eventually('the seal', 5_000, () => (unsealedSegments(dataDir).length === 0 ? true : null));
    await log.close();
  });

  it('is asked for as long as somebody holds it open, and sealed as soon as nobody does', async () => {
    const dataDir = newDataDir();
    let asked = 0;
    const log = await WorkerEventLog.open({
      ...{ dataDir, nowMs: NOW, workerUrl: builtWorkerUrl() },
      segments: { bytesMax: 1, ageMsMax: Infinity },
      onHeld: () => {
        asked += 1;
        if (asked === 2) reader.release();
      },
    });
    const reader = openEventLogReader(dataDir);
    reader.heads();
    await log.append([append('live/a', 0, topology(opened(1)))]);
    await eventually('the seal', 5_000, () => (asked > 1 && unsealedSegments(dataDir).length === 0 ? true : null));
    await log.close();
  });
});
