import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { VerifyJson } from '../../src/history/verify-json.js';
import { CrashStage } from '../support/crash-stage.js';
import { damageLog } from '../support/log-damage.js';
import { MeshClient } from '../support/mesh-client.js';
import { recordEvening } from '../support/recorded-evening.js';
import { type Ended, meshledger } from '../support/run-meshledger.js';
import type { Readiness, ServiceProcess } from '../support/service-process.js';

const FINE = 'live/fine';

/** What somebody does to the rows of one track: its id, and the position of a join in its middle. */
type Damage = (id: string, join: string) => readonly string[];

const DAMAGES: Readonly<Record<string, Damage>> = {
  'an edited row of topology_event': (id, join) => [
    `UPDATE topology_event SET amount = 1 WHERE track_id = ${id} AND position = ${join}`,
  ],
  'an edited time of a row': (id, join) => [
    `UPDATE topology_event SET recorded_at = recorded_at + 1 WHERE track_id = ${id} AND position = ${join}`,
  ],
  'an edited parent': (id, join) => [
    `UPDATE topology_event SET parent = peer WHERE track_id = ${id} AND position = ${join} + 1`,
  ],
  'an edited row of pulse_block': (id) => [
    `UPDATE pulse_block SET body = zeroblob(length(body)) WHERE track_id = ${id} AND first_position = ${firstBlock(id)}`,
  ],
  'an edited row of commit': (id, join) => [
    `UPDATE "commit" SET recorded_at = recorded_at + 1 WHERE sequence = ${commitOf(id, join)}`,
  ],
  'an edited hash of a commit': (id, join) => [
    `UPDATE "commit" SET hash = zeroblob(32) WHERE sequence = ${commitOf(id, join)}`,
  ],
  'an edited row of peer_name': (id, join) => [
    `UPDATE peer_name SET peer_id = 'somebody' WHERE track_id = ${id} AND peer = ${join}`,
  ],
  'an edited resume hash': (id, join) => [
    `UPDATE peer_name SET resume_hash = 'ab' WHERE track_id = ${id} AND peer = ${join}`,
  ],
  'an edited head': (id) => [`UPDATE track_head SET hash = zeroblob(32) WHERE track_id = ${id}`],
  'a head set forward': (id) => [`UPDATE track_head SET position = position + 1 WHERE track_id = ${id}`],
  'a removed row of topology_event': (id, join) => [
    `DELETE FROM topology_event WHERE track_id = ${id} AND position = ${join} + 1`,
  ],
  'a removed row of pulse_block': (id) => [
    `DELETE FROM pulse_block WHERE track_id = ${id} AND first_position = ${firstBlock(id)}`,
  ],
  'a removed row of commit': (id, join) => [`DELETE FROM "commit" WHERE sequence = ${commitOf(id, join)}`],
  'a removed tail': (id) => [
    `DELETE FROM topology_event WHERE track_id = ${id} AND position >= ${lastCommit(id)}`,
    `DELETE FROM "commit" WHERE track_id = ${id} AND first_position = ${lastCommit(id)}`,
  ],
  'an added row': (id) => [
    `INSERT INTO topology_event (track_id, position, recorded_at, type, version, codec)
     SELECT track_id, position + 1, recorded_at, 2, 1, 1 FROM track_head WHERE track_id = ${id}`,
  ],
};

let stage: CrashStage;
let service: ServiceProcess;
let client: MeshClient;
let readiness: { status: number; body: Readiness };
let verified: Ended;
let sound: Ended;

beforeAll(async () => {
  stage = await CrashStage.set();
  await recordEvening(stage, [FINE, ...Object.keys(DAMAGES).map(trackOf)]);
  sound = await stage.verify();
  for (const [name, damage] of Object.entries(DAMAGES)) damageLog(stage.dataDir, ...damage(...placeOf(trackOf(name))));
  verified = await meshledger('verify', '--data-dir', stage.dataDir, '--json');
  service = await stage.serve();
  readiness = await service.readiness();
  client = await MeshClient.connect(service.url);
});
afterAll(async () => {
  client.close();
  await stage.clear();
});

describe('a log with damaged tracks', () => {
  it('was found sound before the damage', () => {
    expect(sound).toMatchObject({ exitCode: 0 });
  });

  it('is verified with exit 1', () => {
    expect(verified.exitCode).toBe(1);
    expect(verdict().ok).toBe(false);
  });

  it.each(Object.keys(DAMAGES))('%s is found at the start and by verify, which name track and position', (name) => {
    const track = trackOf(name);
    const fault = verdict().tracks.find((candidate) => candidate.track === track)?.fault;
    const stopped = readiness.body.stopped_tracks.find((candidate) => candidate.track === track);
    expect(fault?.position).toBeGreaterThan(0);
    expect(stopped).toMatchObject({ position: fault?.position, fault: fault?.fault });
    expect(service.stderr).toContain(`"trackId":"${track}","position":${String(fault?.position)}`);
  });

  it.each(Object.keys(DAMAGES))('%s stops the track: a register is answered track_stopped', async (name) => {
    const answer = await client.request('register', { peer_id: 'new', track: trackOf(name) });
    expect(answer).toMatchObject({ ok: false, code: 'track_stopped' });
  });

  it('goes on with the track that is not damaged', async () => {
    expect(verdict().tracks.find(({ track }) => track === FINE)?.fault).toBeNull();
    expect(readiness.body.stopped_tracks.map(({ track }) => track).sort()).toEqual(
      Object.keys(DAMAGES).map(trackOf).sort(),
    );
    expect(readiness.status).toBe(200);
    expect(await client.request('register', { peer_id: 'new', track: FINE })).toMatchObject({ ok: true });
  });

  it('is left in good order by a service that is asked to end', async () => {
    expect(await service.terminate()).toBe(0);
  });
});

function verdict(): VerifyJson {
  return JSON.parse(verified.stdout) as VerifyJson;
}

function trackOf(damage: string): string {
  return `live/${damage.replaceAll(' ', '-')}`;
}

function placeOf(track: string): [id: string, join: string] {
  const id = `(SELECT track_id FROM track WHERE name = '${track}')`;
  return [id, `(SELECT min(peer) FROM peer_name WHERE track_id = ${id} AND peer > 8)`];
}

function firstBlock(id: string): string {
  return `(SELECT min(first_position) FROM pulse_block WHERE track_id = ${id})`;
}

function commitOf(id: string, position: string): string {
  const upTo = `track_id = ${id} AND first_position <= ${position}`;
  return `(SELECT sequence FROM "commit" WHERE ${upTo} ORDER BY first_position DESC LIMIT 1)`;
}

function lastCommit(id: string): string {
  return `(SELECT max(first_position) FROM "commit" WHERE track_id = ${id})`;
}
