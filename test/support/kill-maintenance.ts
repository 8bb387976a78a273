import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { SeededRandom } from '../../src/cli/audience/seeded-random.js';
import { SqliteEventLog } from '../../src/event-log/sqlite-event-log.js';
import { unsealedSegments } from '../../src/event-log/seal-segment.js';
import { verifyChain } from '../../src/event-log/verify-chain.js';
import { verifyLogFile } from '../../src/event-log/verify-log-file.js';
import { builtModule } from '../event-log/built-worker.js';
import { readLog } from './cut-log.js';
import { meshledger, startMeshledger } from './run-meshledger.js';
import { passed } from './eventually.js';

const TRACK = 'live/a';
const NOW = 1_700_000_000_000;
/** The first segments are there by then. */
const COMMITS_BEFORE = 40;
const KILLED_WITHIN_MS = 1_200;

/** Commits and cuts one segment after the other, and says each position once it is durable. */
const WRITER = `
  import { SqliteEventLog } from '${builtModule('sqlite-event-log.js')}';
  const segments = { bytesMax: 200 * 1024, ageMsMax: Infinity };
  const log = await SqliteEventLog.open({ dataDir: process.argv[1], nowMs: 0, segments });
  const at = ${String(NOW)};
  const opened = { type: 'TrackOpened', version: 1, position: 1, recordedAt: at, settings: { policy: 'shallowest', policyVersion: 1, rootPeerCount: 1, maxChildren: 1, maxDepth: 6, heartbeatTimeoutMs: 10000 } };
  await log.append([{ track: '${TRACK}', previousPosition: 0, open: true, runs: [{ kind: 'topology', events: [opened] }] }]);
  for (let position = 1; position < 1e6; position += 20) {
    const events = [];
    for (let index = 1; index <= 20; index += 2) {
      const peer = position + index;
      events.push({ type: 'PeerJoined', version: 1, position: peer, recordedAt: at, peer, capacity: 0, identity: { peerId: 'p' + peer, resumeHash: null } });
      events.push({ type: 'PeerWaiting', version: 1, position: peer + 1, recordedAt: at, causedBy: peer, peer, formerParent: null });
    }
    await log.append([{ track: '${TRACK}', previousPosition: position, open: true, runs: [{ kind: 'topology', events }] }]);
    process.stdout.write((position + 20) + '\\n');
  }
`;

/** What a kill left: empty when nothing was lost, and everything is in order. */
export type KillFaults = string[];

/** Kills a process that commits, cuts and seals at a seeded instant. */
export async function killWhileSealing(dataDir: string, seed: number): Promise<KillFaults> {
  const acknowledged = await killWriter(dataDir, new SeededRandom(seed, 1).between(0, KILLED_WITHIN_MS));
  const faults = faultsOf(dataDir, acknowledged);
  await (await SqliteEventLog.open({ dataDir, nowMs: NOW })).close();
  if (unsealedSegments(dataDir).length > 0) faults.push('a segment is not sealed after the next start');
  return [...faults, ...faultsOf(dataDir, acknowledged)];
}

/** Kills `meshledger backup` at a seeded instant: there is no copy, or a whole one; the next one is whole in any case. */
export async function killWhileBackingUp(dataDir: string, targets: string, seed: number): Promise<KillFaults> {
  const acknowledged = await killWriter(dataDir, 1_000);
  const target = join(targets, 'killed');
  await killVerb(seed, 'backup', target, '--no-verify', '--data-dir', dataDir);
  const faults = existsSync(target) ? faultsOf(target, acknowledged) : [];
  const { exitCode, stderr } = await meshledger('backup', join(targets, 'whole'), '--data-dir', dataDir);
  if (exitCode !== 0) faults.push(`the next backup failed: ${stderr}`);
  else faults.push(...faultsOf(join(targets, 'whole'), acknowledged));
  return faults;
}

/** Kills `meshledger retain` at a seeded instant: the log stays in order, and the next call ends what was begun. */
export async function killWhileRetaining(dataDir: string, seed: number): Promise<KillFaults> {
  const acknowledged = await killWriter(dataDir, 1_000);
  await (await SqliteEventLog.open({ dataDir, nowMs: NOW })).close();
  const words = ['retain', '--older-than', '0s', '--delete', '--data-dir', dataDir];
  await killVerb(seed, ...words);
  const faults = faultsOf(dataDir, acknowledged);
  const { exitCode, stderr } = await meshledger(...words);
  if (exitCode !== 0) faults.push(`the next retain failed: ${stderr}`);
  const kept = readLog(dataDir, ({ segments }) => segments.length);
  if (kept !== 1) faults.push(`${String(kept)} segments are left instead of the live one`);
  return [...faults, ...faultsOf(dataDir, acknowledged)];
}

async function killVerb(seed: number, ...words: string[]): Promise<void> {
  const child = startMeshledger(...words);
  const gone = once(child, 'close');
  await passed(new SeededRandom(seed, 2).between(0, KILLED_WITHIN_MS));
  child.kill('SIGKILL');
  await gone;
}

/** @returns the last position that was acknowledged before the kill. */
async function killWriter(dataDir: string, afterMs: number): Promise<number> {
  const writer: ChildProcess = spawn(process.execPath, ['--input-type=module', '-e', WRITER, dataDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let acknowledged = 0;
  writer.stdout?.setEncoding('utf8').on('data', (lines: string) => {
    acknowledged = Number(lines.trimEnd().split('\n').at(-1));
  });
  const gone = once(writer, 'close');
  while (acknowledged < COMMITS_BEFORE * 20) await once(writer.stdout ?? writer, 'data');
  await passed(afterMs);
  writer.kill('SIGKILL');
  await gone;
  return acknowledged;
}

function faultsOf(dataDir: string, acknowledged: number): KillFaults {
  return readLog(dataDir, (reader) => {
    const faults = verifyLogFile(reader).map(({ file, fault }) => `${file}: ${fault}`);
    const report = verifyChain(reader, TRACK);
    if (!report.ok) return [...faults, `position ${String(report.position)}: ${report.fault}`];
    if (report.position < acknowledged)
      faults.push(`${String(acknowledged)} was acknowledged, ${String(report.position)} is there`);
    const nameless = [
      ...reader.topologyEvents({ track: TRACK, afterPosition: reader.opening(TRACK)?.position ?? 0 }),
    ].find((event) => event.type === 'PeerJoined' && event.identity?.peerId !== `p${String(event.peer)}`);
    if (nameless !== undefined) faults.push(`the name of peer ${String(nameless.position)} is lost`);
    return faults;
  });
}
