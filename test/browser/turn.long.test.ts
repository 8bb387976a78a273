import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { build } from 'esbuild';
import type { IceServer } from '../../src/protocol/server-messages.js';
import { BrowserStage } from '../support/browser-stage.js';
import { temporaryDataDir } from '../support/log-directory.js';
import { ServiceProcess } from '../support/service-process.js';
import { TurnServer } from '../support/turn-server.js';

const TOKEN = 'viewers-only';
const TRACK = 'live/relayed';
const PAGE = fileURLToPath(new URL('page/relay-page.ts', import.meta.url));

/** As in page/relay-page.ts. */
interface Relayed {
  readonly heard: string | null;
  readonly candidateTypes: readonly string[];
  readonly pair: readonly string[];
  readonly iceServers: readonly IceServer[];
}

let stage: BrowserStage;
let turn: TurnServer;
let directory: Awaited<ReturnType<typeof temporaryDataDir>>;
let service: ServiceProcess;

beforeAll(async () => {
  stage = await BrowserStage.open();
  turn = await TurnServer.start('a-secret-of-this-test');
});
afterAll(async () => {
  await stage.close();
  await turn.stop();
});
beforeEach(async () => {
  directory = await temporaryDataDir();
});
afterEach(async () => {
  await stage.closeTabs();
  await service.kill();
  await directory.remove();
});

/** Lets a child and its parent reach each other through the TURN server only. */
async function relayed(serviceSecret: string, credential: string | null = null): Promise<Relayed> {
  service = await ServiceProcess.start([
    ...['--port', '0', '--data-dir', directory.dataDir, '--root-peer-count', '1', '--subscribe-token', TOKEN],
    ...['--turn-secret', serviceSecret, '--ice-servers', JSON.stringify([{ urls: turn.url }])],
  ]);
  const page = await (await stage.browser.newContext()).newPage();
  await page.goto(`${service.url}/healthz`);
  const { outputFiles } = await build({ entryPoints: [PAGE], bundle: true, write: false, format: 'iife' });
  await page.addScriptTag({ content: outputFiles[0]!.text });
  const words = [service.url, TOKEN, TRACK, credential].map((word) => JSON.stringify(word));
  return page.evaluate(`relay(${words.join(', ')})`);
}

it('connects a child to its parent through coturn alone, with credentials of their own that the service made', async () => {
  const { heard, pair, candidateTypes, iceServers } = await relayed(turn.secret);
  expect({ heard, pair }).toEqual({ heard: 'through the relay', pair: ['relay', 'relay'] });
  expect(new Set(candidateTypes)).toEqual(new Set(['relay']));
  const username = iceServers[0]?.username ?? '';
  expect(username).toMatch(/^\d{10}:child$/);
  expect(turn.log).toContain(username);
});

it('connects nobody whose credential was made with another secret, or was changed', async () => {
  expect(await relayed('another-secret')).toMatchObject({ heard: null, candidateTypes: [], pair: [] });
  await service.kill();
  expect(await relayed(turn.secret, 'guessed')).toMatchObject({ heard: null, candidateTypes: [], pair: [] });
});
