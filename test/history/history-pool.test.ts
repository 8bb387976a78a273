import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { sealSegment, unsealedSegments } from '../../src/event-log/seal-segment.js';
import { SqliteEventLog } from '../../src/event-log/sqlite-event-log.js';
import { FOLDING_THREADS, HISTORY_REQUESTS_MAX, type HistoryPool } from '../../src/history/history-pool.js';
import type { DocumentRequest } from '../../src/history/history-request.js';
import { temporaryDataDir, writeLog } from '../support/log-directory.js';
import { eventually } from '../support/eventually.js';
import { RecordedTrack, STARTED_AT } from '../support/recorded-track.js';

const POSITION = 2_000;
const TREE: DocumentRequest = {
  kind: 'tree',
  track: 'live/long',
  nowMs: 0,
  moment: { position: POSITION },
  liveness: { judgedAt: null },
};

let directory: Awaited<ReturnType<typeof temporaryDataDir>>;
let pool: HistoryPool | null = null;
/** What waits for its time, in order. */
let timers: { ms: number; onLate: () => void }[] = [];

beforeAll(async () => {
  directory = await temporaryDataDir();
  const track = new RecordedTrack('live/long').join('ana');
  while (track.events.length < POSITION) track.beat('ana');
  await writeLog(directory.dataDir, track);
});

afterEach(async () => {
  await pool?.close();
  timers = [];
});

afterAll(() => directory.remove());

async function poolOf(limits: { costMax?: number } = {}): Promise<HistoryPool> {
  // The compiled one: its threads run what was built.
  const built = (await import(new URL('../../dist/src/history/history-pool.js', import.meta.url).href)) as {
    HistoryPool: typeof HistoryPool;
  };
  pool = new built.HistoryPool({
    dataDir: directory.dataDir,
    timeLimitMs: 1_000,
    costMax: 1_000_000,
    ...limits,
    startTimer: (ms, onLate) => {
      const timer = { ms, onLate };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
  });
  return pool;
}

/** Time is up for everybody who waits for it now. */
function timeIsUp(): void {
  for (const { onLate } of timers.splice(0)) onLate();
}

const codeOf = (question: Promise<unknown>): Promise<string> =>
  question.then(
    () => 'answered',
    (fault: unknown) => (fault as { code: string }).code,
  );

describe('a question about the past', () => {
  it('is ended when its time is up, and the next one is answered', async () => {
    const { ask } = await poolOf().then((made) => ({ ask: () => made.ask({ kind: 'document', about: TREE }) }));
    const late = codeOf(ask());
    timeIsUp();
    expect(await late).toBe('query_timeout');
    expect(await codeOf(ask())).toBe('answered');
  });

  it('that is ended harms none that runs beside it', async () => {
    const made = await poolOf();
    const ask = (): Promise<unknown> => made.ask({ kind: 'document', about: TREE });
    const late = codeOf(ask());
    const [itsTimer] = timers.splice(0);
    const beside = codeOf(ask());
    itsTimer?.onLate();
    expect(await Promise.all([late, beside])).toEqual(['query_timeout', 'answered']);
  });

  it('is ended when it reads more events than one question may', async () => {
    const made = await poolOf({ costMax: POSITION / 2 });
    expect(await codeOf(made.ask({ kind: 'document', about: TREE }))).toBe('query_too_costly');
    const cheap = { ...TREE, moment: { position: 10 } };
    expect(await codeOf(made.ask({ kind: 'document', about: cheap }))).toBe('answered');
  });

  it('waits for its turn, not longer than it may take, and not behind too many', async () => {
    const made = await poolOf();
    const ask = (): Promise<string> => codeOf(made.ask({ kind: 'document', about: TREE }));
    const running = Array.from({ length: FOLDING_THREADS }, ask);
    const ofRunning = timers.splice(0);
    const waiting = Array.from({ length: HISTORY_REQUESTS_MAX }, ask);
    expect(await ask()).toBe('busy');
    timeIsUp();
    expect(new Set(await Promise.all(waiting))).toEqual(new Set(['busy']));
    expect(ofRunning).toHaveLength(FOLDING_THREADS);
    expect(await Promise.all(running)).toEqual(Array.from({ length: FOLDING_THREADS }, () => 'answered'));
  });

  it('by the page does not wait for those that read much', async () => {
    const made = await poolOf();
    for (let index = 0; index < 2 * FOLDING_THREADS; index += 1)
      void codeOf(made.ask({ kind: 'document', about: TREE }));
    const page = made.ask({ kind: 'heads', after: '', limit: 10 });
    expect(await page).toMatchObject({ heads: [{ track: 'live/long', position: POSITION }], nextAfter: null });
  });

  it('leaves no file open for longer than those who cut the log can wait', async () => {
    const made = await poolOf();
    await made.ask({ kind: 'document', about: TREE });
    const log = await SqliteEventLog.open({ dataDir: directory.dataDir, nowMs: STARTED_AT });
    await log.cut(STARTED_AT);
    const [left = ''] = unsealedSegments(directory.dataDir);
    expect(sealSegment(directory.dataDir, left)).toBe('in_use');
    made.release();
    await eventually('the seal', 5_000, () => (sealSegment(directory.dataDir, left) === 'sealed' ? true : null));
    await log.close();
    expect(await codeOf(made.ask({ kind: 'document', about: TREE }))).toBe('answered');
  });

  it('is refused once the service stops', async () => {
    const made = await poolOf();
    const running = codeOf(made.ask({ kind: 'document', about: TREE }));
    await made.close();
    expect([await running, await codeOf(made.ask({ kind: 'document', about: TREE }))]).toEqual([
      'shutting_down',
      'shutting_down',
    ]);
  });
});
