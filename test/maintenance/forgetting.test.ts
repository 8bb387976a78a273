import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openEventLogReader } from '../../src/event-log/sqlite-event-log-reader.js';
import { stateHash } from '../../src/event-log/state-hash.js';
import { verifyChain } from '../../src/event-log/verify-chain.js';
import { eventJson } from '../../src/history/event-json.js';
import { PeerNames } from '../../src/history/peer-names.js';
import { treeAt } from '../../src/history/tree-at.js';
import { treeText } from '../../src/history/tree-text.js';
import { forgetPeer } from '../../src/maintenance/forget-peer.js';
import { openKeeper } from '../../src/maintenance/open-keeper.js';
import { partOf, readLog, writeCutLog } from '../support/cut-log.js';
import { RecordedTrack } from '../support/recorded-track.js';
import { newDataDir, removeDataDirs } from '../event-log/sample-log.js';

const TRACK = 'live/a';
const NAME = 'a-person-to-forget';
let dataDir: string;

beforeEach(() => {
  dataDir = newDataDir();
});
afterEach(removeDataDirs);

/** A few hundred others, so that names stand on many pages; the person comes three times, and is there at the end. */
function crowded(): RecordedTrack {
  const track = new RecordedTrack(TRACK, { rootPeerCount: 1_000 });
  for (let join = 0; join < 400; join += 1) {
    track.join(`viewer-${String((join * 7919) % 400)}`);
    if (join === 20 || join === 200 || join === 390) track.join(NAME, 2);
    if (join === 120 || join === 300) track.leave(NAME);
  }
  return track;
}

async function written(cutAt: number | null): Promise<RecordedTrack> {
  const track = crowded();
  const half = cutAt ?? 1;
  await writeCutLog(dataDir, [partOf(track, 0, half), partOf(track, half)], new Set(cutAt === null ? [] : [0]));
  return track;
}

async function forget(): Promise<number> {
  const keeper = await openKeeper(dataDir);
  try {
    return (await forgetPeer(dataDir, NAME, [TRACK], keeper)).peers.length;
  } finally {
    await keeper.close();
  }
}

function filesWith(text: string): string[] {
  return readdirSync(dataDir).filter((name) => readFileSync(join(dataDir, name)).includes(text));
}

describe.each([
  ['that is one live segment', null],
  ['with a sealed segment', 400],
])('forgetting a person in a log %s', (_name, cutAt) => {
  it('leaves nothing of the name in any file, and everybody else', async () => {
    await written(cutAt);
    expect(filesWith(NAME)).not.toEqual([]);
    expect(await forget()).toBe(3);
    expect(filesWith(NAME)).toEqual([]);
    readLog(dataDir, (reader) => {
      expect(reader.peerNumbers(TRACK, NAME)).toEqual([]);
      for (let viewer = 0; viewer < 400; viewer += 1)
        expect(reader.peerNumbers(TRACK, `viewer-${String(viewer)}`)).toHaveLength(1);
    });
    expect(await forget()).toBe(0);
  });

  it('takes the name from readers that have shown it before', async () => {
    const track = await written(cutAt);
    const reader = openEventLogReader(dataDir);
    const peer = track.number(NAME);
    const shown = (): (string | undefined)[] => [
      reader.identity(TRACK, peer)?.peerId,
      reader.identities(TRACK, [peer])[0]?.peerId,
    ];
    expect(shown()).toEqual([NAME, NAME]);
    await forget();
    expect(shown()).toEqual([undefined, undefined]);
    reader.close();
  });

  it('leaves the chain valid and every state hash as it was', async () => {
    const track = await written(cutAt);
    const hashes = (): string[] =>
      readLog(dataDir, (reader) => [10, 500, track.tree.position].map((at) => stateHash(treeAt(reader, TRACK, at))));
    const before = hashes();
    await forget();
    expect(hashes()).toEqual(before);
    expect(readLog(dataDir, (reader) => verifyChain(reader, TRACK))).toMatchObject({ ok: true });
  });

  it('is recorded for each of the numbers, behind the kick of the one who was there', async () => {
    const track = await written(cutAt);
    const events = await forget().then(() =>
      readLog(dataDir, (reader) => [...reader.events({ track: TRACK, afterPosition: track.tree.position })]),
    );
    const numbers = track.events
      .filter((event) => event.type === 'PeerJoined' && event.identity?.peerId === NAME)
      .map(({ position }) => position);
    expect(events.filter(({ type }) => type === 'PeerForgotten').map((event) => 'peer' in event && event.peer)).toEqual(
      numbers,
    );
    expect(events.filter(({ type }) => type === 'PeerKicked').map((event) => 'peer' in event && event.peer)).toEqual([
      numbers[2],
    ]);
  });

  it('lets every face show the number instead', async () => {
    const track = await written(cutAt);
    const number = track.number(NAME);
    await forget();
    readLog(dataDir, (reader) => {
      const at = track.tree.position;
      expect(treeText(TRACK, treeAt(reader, TRACK, at), at, 0, null)).toContain(`"peer_id":"#${String(number)}"`);
      const [join] = reader.events({ track: TRACK, afterPosition: number - 1 });
      expect(eventJson(TRACK, join!, new PeerNames(reader, TRACK))).toMatchObject({
        peer: number,
        peer_id: `#${String(number)}`,
      });
    });
  });
});
