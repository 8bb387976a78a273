import { BrowserStage, type ViewerSight, ViewerTab } from './browser-stage.js';
import { temporaryDataDir } from './log-directory.js';
import { ServiceProcess } from './service-process.js';

const TRACK = 'live/browser';

/** Run in a viewer's tab: keeps every frame as text in `viewer.texts`. */
export const RECORD_TEXTS =
  'viewer.texts = []; viewer.peer.on("frame", ({ data }) => viewer.texts.push(new TextDecoder().decode(data))); 0';

/** A service as a process of its own, and real browser tabs that are its peers. One browser serves all tests of a file. */
export class BrowserMesh {
  readonly tabs = new Map<string, ViewerTab>();

  private constructor(
    readonly stage: BrowserStage,
    private readonly flags: readonly string[],
    private readonly removeDataDir: () => Promise<void>,
    public service: ServiceProcess,
  ) {}

  static async start(stage: BrowserStage, ...flags: readonly string[]): Promise<BrowserMesh> {
    const { dataDir, remove } = await temporaryDataDir();
    const all = [
      '--root-peer-count',
      '1',
      '--policy',
      'resilient',
      '--log-level',
      'info',
      '--data-dir',
      dataDir,
      ...flags,
    ];
    const service = await ServiceProcess.start(['--port', '0', ...all]);
    return new BrowserMesh(stage, all, remove, service);
  }

  async join(peerId: string, capacity: number | null, more: Record<string, unknown> = {}): Promise<ViewerTab> {
    const tab = await this.stage.join(this.service.url, peerId, { track: TRACK, capacity, ...more });
    this.tabs.set(peerId, tab);
    return tab;
  }

  tab(peerId: string): ViewerTab {
    const tab = this.tabs.get(peerId);
    if (tab === undefined) throw new Error(`no tab ${peerId}`);
    return tab;
  }

  /** Waits until each peer but the root is fed by the parent it was assigned. @returns child by child its parent. */
  async settled(): Promise<Map<string, string>> {
    const parents = new Map<string, string>();
    for (const tab of this.tabs.values()) {
      const sight = await tab.until(
        'is fed by its assigned parent',
        ({ assignment, parentId }) =>
          assignment !== null && assignment.role !== 'Waiting' && assignment.parent_id === parentId,
      );
      if (sight.parentId !== null) parents.set(tab.peerId, sight.parentId);
    }
    return parents;
  }

  /** Ends the tab's process, as a crash or the system does. */
  async crash(peerId: string): Promise<void> {
    await this.tab(peerId).crash();
    this.tabs.delete(peerId);
  }

  /** Starts a service on the same port and data directory. */
  async restartService(): Promise<void> {
    const { port } = new URL(this.service.url);
    this.service = await ServiceProcess.start(['--port', port, ...this.flags]);
  }

  look(): Promise<ViewerSight[]> {
    return Promise.all([...this.tabs.values()].map((tab) => tab.look()));
  }

  async stop(): Promise<void> {
    await this.stage.closeTabs();
    try {
      await this.service.terminate();
    } catch (error) {
      await this.service.kill();
      throw new Error(`${String(error)}\n${this.service.stderr}`, { cause: error });
    } finally {
      await this.removeDataDir();
    }
  }
}

/** Longest time between two frames, and what there is to say against what a viewer got: nothing twice, out of order, or untold. */
export function judge({ peerId, ids, gaps, damaged, stats }: ViewerSight): string[] {
  const faults: string[] = [];
  let missing = 0;
  for (let index = 1; index < ids.length; index += 1) {
    const step = (ids[index] ?? 0) - (ids[index - 1] ?? 0);
    if (step <= 0) faults.push(`${peerId} got ${ids[index]} after ${ids[index - 1]}`);
    missing += Math.max(0, step - 1);
  }
  const told = gaps.reduce((sum, { from, to }) => sum + to - from + 1, 0);
  if (missing !== stats.missing || missing !== told) {
    faults.push(`${peerId} missed ${missing}, counted ${stats.missing}, was told of ${told}`);
  }
  if (damaged > 0 || stats.malformed > 0) faults.push(`${peerId} got ${damaged} damaged frames`);
  return faults;
}

/** Longest time without a frame that overlaps what came after `sinceMs`. */
export function longestPauseMs({ atMs }: ViewerSight, sinceMs: number): number {
  let longest = 0;
  for (let index = 1; index < atMs.length; index += 1) {
    if ((atMs[index] ?? 0) < sinceMs) continue;
    longest = Math.max(longest, (atMs[index] ?? 0) - (atMs[index - 1] ?? 0));
  }
  return longest;
}
