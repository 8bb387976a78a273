import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { fold } from '../../src/domain/evolve.js';
import { openEventLogReader, type SqliteEventLogReader } from '../../src/event-log/sqlite-event-log-reader.js';
import { stateHash } from '../../src/event-log/state-hash.js';
import { redecideTrack } from '../../src/history/redecide-track.js';
import { verifyChain } from '../../src/event-log/verify-chain.js';
import { commandLine } from '../support/command-line.js';
import { playGoldenSession } from '../support/golden-session.js';
import { temporaryDataDir } from '../support/log-directory.js';
import { playResilientGoldenSession } from '../support/resilient-golden-session.js';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const GOLDEN = readdirSync(HERE, { withFileTypes: true }).filter((entry) => entry.isDirectory());

/** What was true of a log when it was recorded, and must be true for ever. */
interface Expected {
  readonly tracks: readonly {
    readonly track: string;
    readonly position: number;
    readonly hash: string;
    readonly open: boolean;
    readonly state_hash: string;
    readonly events: Readonly<Record<string, number>>;
  }[];
}

/** Recorded logs are never edited; they are read in a copy, because a reader makes files beside the log. */
async function inCopy(
  name: string,
  look: (dataDir: string, reader: SqliteEventLogReader) => Promise<void> | void,
): Promise<void> {
  const { dataDir, remove } = await temporaryDataDir();
  cpSync(join(HERE, name), dataDir, { recursive: true });
  const reader = openEventLogReader(dataDir);
  try {
    await look(dataDir, reader);
  } finally {
    reader.close();
    await remove();
  }
}

function whatIsTrueOf(reader: SqliteEventLogReader): Expected {
  const tracks = reader.heads().map(({ track, position, hash, open }) => {
    const events: Record<string, number> = {};
    for (const { type } of reader.events({ track, afterPosition: 0 })) events[type] = (events[type] ?? 0) + 1;
    return {
      track,
      position,
      hash,
      open,
      state_hash: stateHash(fold(reader.topologyEvents({ track, afterPosition: 0 }))),
      events,
    };
  });
  return { tracks };
}

describe.each(GOLDEN.map(({ name }) => name))('the golden log %s', (name) => {
  it('is read as on the day it was recorded: same heads, same events, same trees', async () => {
    const expected = JSON.parse(readFileSync(join(HERE, name, 'expected.json'), 'utf8')) as Expected;
    await inCopy(name, (_dataDir, reader) => {
      expect(whatIsTrueOf(reader)).toEqual(expected);
    });
  });

  it('is decided again, each decision by the policy version of its day, without a difference', async () => {
    await inCopy(name, (_dataDir, reader) => {
      for (const head of reader.heads())
        expect(redecideTrack(reader, head)).toMatchObject({ difference: null, unavailable: [] });
    });
  });

  it('is proven by its chain and by the verify verb', async () => {
    await inCopy(name, async (dataDir, reader) => {
      for (const { track } of reader.heads()) expect(verifyChain(reader, track)).toMatchObject({ ok: true });
      expect(await commandLine('verify', '--data-dir', dataDir)).toMatchObject({ exitCode: 0 });
    });
  });
});

it.each([
  ['0001-event-log', playGoldenSession],
  ['0002-resilient-policy', playResilientGoldenSession],
])('the session behind %s still makes the same events: policy and writer decide as they did', async (name, play) => {
  const { dataDir, remove } = await temporaryDataDir();
  try {
    await play(dataDir);
    const played = openEventLogReader(dataDir);
    await inCopy(name, (_dataDir, recorded) => {
      expect(played.heads().map(({ track, position }) => ({ track, position }))).toEqual(
        recorded.heads().map(({ track, position }) => ({ track, position })),
      );
      for (const { track } of recorded.heads()) {
        const range = { track, afterPosition: 0 };
        expect([...played.events(range)]).toEqual([...recorded.events(range)]);
      }
    });
    played.close();
  } finally {
    await remove();
  }
});
