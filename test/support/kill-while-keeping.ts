import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { SeededRandom } from '../../src/cli/audience/seeded-random.js';
import { SnapshotFiles } from '../../src/event-log/snapshot-files.js';
import { openEventLogReader } from '../../src/event-log/sqlite-event-log-reader.js';
import { stateAt } from '../../src/event-log/state-at.js';
import { stateHash } from '../../src/event-log/state-hash.js';
import { builtModule } from '../event-log/built-worker.js';
import { passed } from './eventually.js';
import { largeTrackName, writeLargeLog } from './large-log.js';

const TRACK = largeTrackName(0);
/** Enough that a snapshot takes some milliseconds to write, of which each can be the last. */
const PEERS = 1_500;
const KILLED_WITHIN_MS = 120;

/** What is left of snapshots when whoever took them was killed. */
export interface KeptFindings {
  readonly kept: number;
  /** Snapshots that were believed, though they hold another state than the log; and those that were kept and cannot be used. */
  readonly wrong: readonly number[];
  readonly unusable: readonly number[];
  /** Whether the head came out the same with them as without. */
  readonly sameHead: boolean;
}

/** Kills a process that takes one snapshot after the other, at an instant the seed decides, and looks at what it left. */
export async function killWhileKeeping(dataDir: string, seed: number): Promise<KeptFindings> {
  await writeLargeLog(dataDir, { tracks: 1, peersPerTrack: PEERS });
  const child = spawn(process.execPath, ['--input-type=module', '-e', script(dataDir)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  await once(child.stdout, 'data');
  await passed(new SeededRandom(seed, 0).between(0, KILLED_WITHIN_MS));
  child.kill('SIGKILL');
  await ended;
  return findings(dataDir);
}

/** Takes snapshots at every end of a commit, over and over, and says when the first is there. */
function script(dataDir: string): string {
  return `
    const { openEventLogReader } = await import(${JSON.stringify(builtModule('sqlite-event-log-reader.js'))});
    const { SnapshotFiles } = await import(${JSON.stringify(builtModule('snapshot-files.js'))});
    const { takeSnapshot } = await import(${JSON.stringify(builtModule('take-snapshot.js'))});
    const reader = openEventLogReader(${JSON.stringify(dataDir)});
    const files = new SnapshotFiles(${JSON.stringify(dataDir)});
    const head = reader.head('${TRACK}').position;
    const ends = [];
    for (let at = 1; at <= head; at += 1) if (reader.commitHash('${TRACK}', at) !== null) ends.push(at);
    for (let said = false; ; ) {
      for (const end of ends) {
        takeSnapshot(reader, files, '${TRACK}', end);
        if (!said) process.stdout.write('taken');
        said = true;
      }
      for (const end of ends) files.remove('${TRACK}', end);
    }`;
}

function findings(dataDir: string): KeptFindings {
  const reader = openEventLogReader(dataDir);
  try {
    const files = new SnapshotFiles(dataDir);
    const [wrong, unusable]: [number[], number[]] = [[], []];
    const positions = files.positions(TRACK);
    for (const position of positions) {
      const snapshot = files.read(TRACK, position);
      if (snapshot === null || typeof snapshot === 'string') unusable.push(position);
      else if (snapshot.stateHash !== stateHash(stateAt(reader, TRACK, position, null).tree)) wrong.push(position);
    }
    const head = reader.head(TRACK)?.position ?? 0;
    const [full, quick] = [stateAt(reader, TRACK, head, null), stateAt(reader, TRACK, head)];
    return { kept: positions.length, wrong, unusable, sameHead: stateHash(full.tree) === stateHash(quick.tree) };
  } finally {
    reader.close();
  }
}
