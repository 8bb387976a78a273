import { afterEach, beforeEach, expect, it } from '@jest/globals';
import type { IncidentsJson } from '../../src/history/incidents.js';
import { commandLine } from '../support/command-line.js';
import { CrashStage } from '../support/crash-stage.js';
import { STAGED_TRACK, stageEvening } from '../support/staged-evening.js';

let stage: CrashStage;
beforeEach(async () => {
  stage = await CrashStage.set();
});
afterEach(() => stage.clear());

it('incidents finds a free-rider, three roots that vanish at once, and a restart, and nothing else', async () => {
  const { freeRider, starved, killed } = await stageEvening(stage);
  const words = ['incidents', '--data-dir', stage.dataDir, '--track', STAGED_TRACK, '--json'];
  const { exitCode, stdout } = await commandLine(...words);
  expect(exitCode).toBe(1);
  const { incidents } = JSON.parse(stdout) as IncidentsJson;
  expect(incidents.map(({ kind }) => kind)).toEqual(['forwarding_failed', 'departures', 'service_gap']);
  expect(incidents[0]).toMatchObject({ peers: [{ peer_id: freeRider }], complaints: starved });
  expect(incidents[1]).toMatchObject({ relays: 3, timed_out: 3, suspected: 0, audience: 40, follows: null });
  expect(incidents[1]!.peers.map(({ peer_id }) => peer_id).sort()).toEqual([...killed].sort());
  expect(incidents[2]).toMatchObject({ reason: 'restart', audience: 37, size: 37 });
  for (const { first_position, last_position, cause_chain, replay } of incidents) {
    expect(cause_chain.length).toBeGreaterThan(0);
    const range = `--from ${first_position - 1} --to ${last_position}`;
    expect(replay).toBe(`meshledger replay --track ${STAGED_TRACK} ${range}`);
    const played = await commandLine(...replay.split(' ').slice(1), '--data-dir', stage.dataDir, '--json');
    expect(played.exitCode).toBe(0);
    const steps = played.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { position: number });
    for (const { position } of cause_chain) expect(steps.map((step) => step.position)).toContain(position);
  }
}, 150_000);
