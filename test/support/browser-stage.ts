import { build } from 'esbuild';
import { type Browser, chromium, type Page } from 'playwright-core';
import { fileURLToPath } from 'node:url';
import { findChromium } from '../../src/setup/find-chromium.mjs';
import type { Assignment } from '../../src/protocol/server-messages.js';
import { eventually } from './eventually.js';

/** Nothing of the browser's own may go out, and host candidates must carry addresses that the same machine can reach. */
const CHROMIUM_FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-features=WebRtcHideLocalIpsWithMdns',
  '--allow-loopback-in-peer-connection',
  '--disable-background-timer-throttling',
  '--disable-renderer-backgrounding',
  '--disable-backgrounding-occluded-windows',
];
const SEEN_WITHIN_MS = 20_000;

/** What a page tells of its peer; see page/viewer-page.ts. */
export interface ViewerSight {
  readonly peerId: string;
  readonly stats: {
    received: number;
    duplicates: number;
    missing: number;
    forwarded: number;
    dropped: number;
    malformed: number;
  };
  readonly assignment: Assignment | null;
  readonly parentId: string | null;
  readonly childIds: readonly string[];
  readonly isFedByOrigin: boolean;
  readonly ids: readonly number[];
  /** When each of `ids` came, epoch milliseconds. */
  readonly atMs: readonly number[];
  readonly gaps: readonly { from: number; to: number }[];
  readonly parents: readonly { peerId: string | null; atMs: number }[];
  readonly states: readonly string[];
  readonly assignments: readonly { cause: string | null; parentId: string | null; atMs: number }[];
  readonly damaged: number;
  readonly closed: string | null;
}

/** A page with one peer in it. */
export class ViewerTab {
  constructor(
    readonly peerId: string,
    readonly page: Page,
  ) {}

  look(): Promise<ViewerSight> {
    return this.page.evaluate('viewer.look()');
  }

  /** Runs a line of script in the page; `viewer` is the page's `ViewerPage`. */
  run<Result>(script: string): Promise<Result> {
    return this.page.evaluate(script);
  }

  /** Looks until `matches`. @throws with the last sight when that takes too long. */
  async until(what: string, matches: (sight: ViewerSight) => boolean): Promise<ViewerSight> {
    let last: ViewerSight | null = null;
    try {
      return await eventually(`${this.peerId}: ${what}`, SEEN_WITHIN_MS, async () => {
        last = await this.look();
        return matches(last) ? last : null;
      });
    } catch (error) {
      throw new Error(`${String(error)}; last seen ${JSON.stringify(last, abbreviate)}`, { cause: error });
    }
  }

  /** Ends the page's process at once: nobody is told anything. */
  async crash(): Promise<void> {
    const session = await this.page.context().newCDPSession(this.page);
    const crashed = new Promise((resolve) => this.page.once('crash', resolve));
    session.send('Page.crash').catch(() => undefined);
    await crashed;
  }
}

/** One Chromium for a test file, with a tab for each peer. */
export class BrowserStage {
  private constructor(readonly browser: Browser) {}

  /** @throws when there is no Chromium: these tests are never skipped. */
  static async open(): Promise<BrowserStage> {
    const executablePath = findChromium();
    if (executablePath === null)
      throw new Error('no Chromium: npm test installs it, or name one in MESHLEDGER_CHROMIUM');
    const browser = await chromium.launch({ executablePath, headless: true, args: CHROMIUM_FLAGS });
    return new BrowserStage(browser);
  }

  /** A tab on the service's own origin with nothing in it but the viewer. @param script its source, below test/browser. */
  async tab(serviceUrl: string, peerId: string, script = 'page/viewer-page.ts'): Promise<ViewerTab> {
    const context = await this.browser.newContext();
    const tab = new ViewerTab(peerId, await context.newPage());
    await this.load(tab, serviceUrl, script);
    return tab;
  }

  /** Loads the page, or loads it again, as a viewer does who presses the key for it. */
  async load({ page }: ViewerTab, serviceUrl: string, script: string): Promise<void> {
    // A page that the service really serves: one that the test makes up is not allowed to open sockets to this machine.
    await page.goto(`${serviceUrl}/healthz`);
    await page.addScriptTag({ content: await bundle(script) });
  }

  /** Opens a tab and joins. Resolves when the service has given the peer its place. */
  async join(serviceUrl: string, peerId: string, options: Record<string, unknown>): Promise<ViewerTab> {
    const tab = await this.tab(serviceUrl, peerId);
    await tab.run(`viewer.join(${JSON.stringify({ url: serviceUrl, peerId, ...options })})`);
    return tab;
  }

  /** Closes every tab, so that the next test starts with none. */
  async closeTabs(): Promise<void> {
    for (const context of this.browser.contexts()) await context.close();
  }

  close(): Promise<void> {
    return this.browser.close();
  }
}

async function bundle(name: string): Promise<string> {
  const entry = fileURLToPath(new URL(`../browser/${name}`, import.meta.url));
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: 'iife',
    logLevel: 'warning',
  });
  const script = outputFiles[0]?.text;
  if (script === undefined) throw new Error(`${name} became no script`);
  return script;
}

function abbreviate(_key: string, value: unknown): unknown {
  return Array.isArray(value) && value.length > 10
    ? [...(value as unknown[]).slice(0, 3), '…', ...(value as unknown[]).slice(-3)]
    : value;
}
