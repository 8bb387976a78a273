import { readFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { BrowserMesh } from '../support/browser-mesh.js';
import { BrowserStage, type ViewerTab } from '../support/browser-stage.js';
import { eventually } from '../support/eventually.js';

const WITHIN_MS = 20_000;
/** Pixels of the picture that are not transparent: what a viewer sees. */
const PAINTED = `(() => { const canvas = document.getElementById('picture');
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  let painted = 0; for (let index = 3; index < data.length; index += 4) if (data[index] > 0) painted += 1; return painted; })()`;
let stage: BrowserStage;
let mesh: BrowserMesh;

beforeAll(async () => {
  stage = await BrowserStage.open();
});
afterAll(() => stage.close());
beforeEach(async () => {
  mesh = await BrowserMesh.start(stage, '--admin-token', 'an-admin-token-of-enough-characters');
});
afterEach(() => mesh.stop());

it('shows in one tab what another publishes, without the admin token, and breaks no rule of its own policy', async () => {
  const complaints: string[] = [];
  const pages: Page[] = [];
  for (const role of ['Root, depth 0', 'Leaf, depth 1']) {
    const page = await (await stage.browser.newContext()).newPage();
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    const response = await page.goto(`${mesh.service.url}/example`);
    expect(response?.headers()['content-security-policy']).toContain("default-src 'none'");
    await page.click('#enter');
    await eventually(role, WITHIN_MS, async () => ((await page.textContent('#status')) === role ? true : null));
    pages.push(page);
  }
  await pages[0]!.click('#publish');
  const painted = await eventually('the picture', WITHIN_MS, async () => {
    const pixels: number = await pages[1]!.evaluate(PAINTED);
    return pixels > 0 ? pixels : null;
  });
  expect(painted).toBe(640 * 360);
  expect(await pages[1]!.isDisabled('#publish')).toBe(true);
  expect(complaints.filter((text) => !text.includes('favicon'))).toEqual([]);
});

it('runs the example of docs/sdk.md as it stands there', async () => {
  const text = await readFile(new URL('../../docs/sdk.md', import.meta.url), 'utf8');
  const [, example = ''] = /```js\n([\s\S]*?)```/.exec(text) ?? [];
  expect(example.trim().split('\n').length).toBeLessThanOrEqual(10);
  const script = example
    .replace(/^import .*$/m, '')
    .replace('https://mesh.example', mesh.service.url)
    .replaceAll(/^const /gm, 'globalThis.')
    .replaceAll('new MeshPeer', 'new globalThis.MeshPeer');
  const tabs: ViewerTab[] = [];
  for (const peerId of ['first', 'second']) {
    const tab = await stage.tab(mesh.service.url, peerId);
    await tab.run(`globalThis.show = (data) => { (globalThis.shown ??= []).push([...data]); };
      globalThis.nextFrame = () => new Uint8Array([1, 2, 3]); 0`);
    await tab.run(`(async () => { ${script} })()`);
    tabs.push(tab);
  }
  const shown = await eventually('the second is shown what the first pushes', WITHIN_MS, () =>
    tabs[1]!.run<number[][] | null>('globalThis.shown ?? null'),
  );
  expect(shown[0]).toEqual([1, 2, 3]);
});
