import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { BrowserMesh, RECORD_TEXTS } from '../support/browser-mesh.js';
import { BrowserStage, type ViewerTab } from '../support/browser-stage.js';
import { eventually, passed } from '../support/eventually.js';

const WITHIN_MS = 20_000;
/** Longer than an LVQR mesh keeps anybody, and than six times the heartbeat timeout. */
const STAY_MS = 62_000;
const PAGE = 'page/lvqr-page.ts';
/** Ten frames a second, each a text with its number. */
const PUBLISH =
  'viewer.next = 0; viewer.timer = setInterval(() => viewer.peer.pushFrame(new TextEncoder().encode(String(viewer.next++))), 100); 0';
let stage: BrowserStage;
let mesh: BrowserMesh;

beforeAll(async () => {
  stage = await BrowserStage.open();
});
afterAll(() => stage.close());
afterEach(() => mesh.stop());

/** Numbers of the frames that an LVQR viewer has shown since its page was loaded. */
async function shown(lvqr: ViewerTab): Promise<number[]> {
  return (await lvqr.run<string[]>('lvqr.frames')).map(Number);
}

async function gets(lvqr: ViewerTab, frame: number): Promise<void> {
  await eventually(`frame ${String(frame)}`, WITHIN_MS, async () => ((await shown(lvqr)).at(-1) ?? 0) >= frame || null);
}

/** Frames that came again or out of order. */
function repeated(numbers: readonly number[]): number[] {
  return numbers.filter((number, index) => index > 0 && number <= (numbers[index - 1] ?? 0));
}

async function eventTypesOf(peerId: string): Promise<string[]> {
  const path = `/api/v1/tracks/live%2Fbrowser/events?limit=1000&peer=${peerId}`;
  const { body } = await mesh.service.get<{ events: { type: string }[] }>(path);
  return body.events.map(({ type }) => type);
}

it('keeps an LVQR viewer that sends no heartbeat for over a minute, moves it, and lets it reload as the same peer', async () => {
  mesh = await BrowserMesh.start(stage);
  const root = await mesh.join('root', 1);
  const former = await mesh.join('former', 1);
  await root.until('feeds the first', ({ childIds }) => childIds.includes('former'));
  const url = mesh.service.url;
  const lvqr = await stage.tab(url, 'lvqr', PAGE);
  const join = `lvqr.join('${url}', 'lvqr', 'live/browser', 1)`;
  await lvqr.run(join);
  await former.until('feeds the LVQR viewer', ({ childIds }) => childIds.includes('lvqr'));
  const leaf = await mesh.join('leaf', 0);
  await leaf.run(RECORD_TEXTS);
  await root.run(PUBLISH);
  await leaf.until('media through the LVQR viewer', ({ ids }) => ids.length > 5);

  await passed(STAY_MS);
  const stayed = await shown(lvqr);
  expect(stayed.length).toBeGreaterThan((STAY_MS / 100) * 0.8);
  expect(stayed).toEqual(stayed.map((_, index) => (stayed[0] ?? 0) + index));
  expect(await lvqr.run('lvqr.turns')).toEqual(['former']);
  expect(await lvqr.run('lvqr.offers')).toEqual(['leaf']);
  expect(await eventTypesOf('lvqr')).not.toContain('PeerTimedOut');

  await root.run('viewer.peer.setCapacity(2)');
  await former.run('viewer.peer.setCapacity(0)');
  await root.until('feeds the LVQR viewer', ({ childIds }) => childIds.includes('lvqr'));
  await former.until('has let go of it', ({ childIds }) => !childIds.includes('lvqr'));
  expect(await lvqr.run('lvqr.turns')).toEqual(['former', 'root']);
  await gets(lvqr, (await root.run<number>('viewer.next')) + 10);
  expect(repeated(await shown(lvqr))).toEqual([]);

  const before = await root.run<number>('viewer.next');
  await stage.load(lvqr, url, PAGE);
  await lvqr.run(join);
  await gets(lvqr, before + 20);
  expect(repeated(await shown(lvqr))).toEqual([]);
  const types = await eventTypesOf('lvqr');
  expect(types.filter((type) => type === 'PeerJoined' || type === 'PeerLeft')).toEqual([
    'PeerJoined',
    'PeerLeft',
    'PeerJoined',
  ]);
  const { ids } = await leaf.look();
  await leaf.until('media again', ({ ids: got }) => got.length > ids.length + 20);
  const texts = (await leaf.run<string[]>('viewer.texts')).map(Number);
  // Where an LVQR viewer brought the frames nobody can tell what comes twice across the change; at most what was on its way.
  expect(repeated(texts).length).toBeLessThanOrEqual(1);
});

it('is patient with an LVQR parent that has no media yet: it does not connect again and again', async () => {
  mesh = await BrowserMesh.start(stage);
  const url = mesh.service.url;
  // It complains of the origin, so nobody holds the silence against the LVQR viewer.
  const root = await mesh.join('root', 1);
  const lvqr = await stage.tab(url, 'lvqr', PAGE);
  await lvqr.run(`lvqr.join('${url}', 'lvqr', 'live/browser', 1)`);
  await root.until('feeds the LVQR viewer', ({ childIds }) => childIds.includes('lvqr'));
  const leaf = await mesh.join('leaf', 0);
  await eventually('the channel is open', WITHIN_MS, async () =>
    (await lvqr.run<string[]>('lvqr.fedChildren')).includes('leaf') ? true : null,
  );
  await passed(12_000);
  expect(await lvqr.run('lvqr.offers')).toEqual(['leaf']);
  expect(await root.run('viewer.push(100)')).toBe(true);
  const { parentId } = await leaf.until('the first frame', ({ ids }) => ids.length === 1);
  expect(parentId).toBe('lvqr');
});

it('speaks and takes bare frames with everybody when its framing is raw', async () => {
  mesh = await BrowserMesh.start(stage);
  const raw = { framing: 'raw' };
  const root = await mesh.join('root', 1, raw);
  await root.run('viewer.opened = []; viewer.peer.onChildOpen = (peerId) => viewer.opened.push(peerId); 0');
  const relay = await mesh.join('relay', 1, raw);
  const url = mesh.service.url;
  const lvqr = await stage.tab(url, 'lvqr', PAGE);
  await lvqr.run(`lvqr.join('${url}', 'lvqr', 'live/browser', 0)`);
  await root.until('feeds the relay', ({ childIds }) => childIds.includes('relay'));
  await relay.until('feeds the LVQR viewer', ({ childIds }) => childIds.includes('lvqr'));
  expect(await root.run('viewer.opened')).toEqual(['relay']);
  await relay.run(RECORD_TEXTS);
  const texts = Array.from({ length: 10 }, (_, index) => String(index));
  for (const text of texts) await root.run(`viewer.peer.pushFrame(new TextEncoder().encode('${text}'))`);
  await gets(lvqr, 9);
  expect(await lvqr.run('lvqr.frames')).toEqual(texts);
  expect(await relay.run('viewer.texts')).toEqual(texts);
  expect((await relay.look()).stats).toMatchObject({ received: 10, missing: 0, duplicates: 0, malformed: 0 });
});
