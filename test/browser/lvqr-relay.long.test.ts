import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { BrowserMesh, RECORD_TEXTS } from '../support/browser-mesh.js';
import { BrowserStage } from '../support/browser-stage.js';
import { eventually } from '../support/eventually.js';

const WITHIN_MS = 20_000;
let stage: BrowserStage;
let mesh: BrowserMesh;

beforeAll(async () => {
  stage = await BrowserStage.open();
});
afterAll(() => stage.close());
afterEach(() => mesh.stop());

it('feeds an LVQR viewer bare frames, and is fed bare frames by one', async () => {
  mesh = await BrowserMesh.start(stage);
  const root = await mesh.join('root', 1);
  const url = mesh.service.url;
  const lvqr = await stage.tab(url, 'lvqr', 'page/lvqr-page.ts');
  await lvqr.run(`lvqr.join('${url}', 'lvqr', 'live/browser', 1)`);
  await root.until('feeds the LVQR viewer', ({ childIds }) => childIds.includes('lvqr'));
  const leaf = await mesh.join('leaf', 0);
  await leaf.run(RECORD_TEXTS);
  await eventually('the LVQR viewer feeds the leaf', WITHIN_MS, async () =>
    (await lvqr.run<string[]>('lvqr.fedChildren')).includes('leaf') ? true : null,
  );
  const texts = Array.from({ length: 20 }, (_, index) => `frame ${index}`);
  for (const text of texts) await root.run(`viewer.peer.pushFrame(new TextEncoder().encode('${text}'))`);
  const { stats, parentId } = await leaf.until('all frames', ({ stats }) => stats.received >= texts.length);
  expect(await lvqr.run('lvqr.frames')).toEqual(texts);
  expect(await leaf.run('viewer.texts')).toEqual(texts);
  expect({ parentId, ...stats }).toMatchObject({ parentId: 'lvqr', received: 20, missing: 0, malformed: 0 });
});

it('lets go of an LVQR viewer at once when that is moved, so that it gets nothing twice', async () => {
  mesh = await BrowserMesh.start(stage);
  const root = await mesh.join('root', 1);
  const former = await mesh.join('former', 1);
  await root.until('feeds the first', ({ childIds }) => childIds.includes('former'));
  const url = mesh.service.url;
  const lvqr = await stage.tab(url, 'lvqr', 'page/lvqr-page.ts');
  await lvqr.run(`lvqr.join('${url}', 'lvqr', 'live/browser', 0)`);
  await former.until('feeds the LVQR viewer', ({ childIds }) => childIds.includes('lvqr'));
  await root.run('viewer.peer.setCapacity(2)');
  await former.run('viewer.peer.setCapacity(0)');
  await root.until('feeds the LVQR viewer', ({ childIds }) => childIds.includes('lvqr'));
  await former.until('has let go of it', ({ childIds }) => !childIds.includes('lvqr'));
  const texts = Array.from({ length: 10 }, (_, index) => `frame ${index}`);
  for (const text of texts) await root.run(`viewer.peer.pushFrame(new TextEncoder().encode('${text}'))`);
  await former.until('all frames', ({ stats }) => stats.received >= texts.length);
  await eventually('all frames', WITHIN_MS, async () =>
    (await lvqr.run<string[]>('lvqr.frames')).length >= texts.length ? true : null,
  );
  expect(await lvqr.run('lvqr.frames')).toEqual(texts);
});
