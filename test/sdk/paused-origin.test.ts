import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Assignment } from '../../src/protocol/server-messages.js';
import { MediaReports } from '../../src/sdk/media-reports.js';
import type { PageClock } from '../../src/sdk/page-clock.js';
import { STALL_MS_MAX } from '../../src/sdk/sdk-limits.js';
import { LIVE, TopologyRig } from '../support/topology-rig.js';

const PAUSE_MS = 120_000;
const ROUND_TRIP_MS = 100;
const BEAT_MS = 3_000;
/** Children are loaded at different times, so their timers beat at different times. */
const APART_MS = 370;

/** What the browser client reports of a peer that gets no media, told its places as the gateway tells them. */
class StarvingViewer {
  readonly #reports: MediaReports;
  #role: Assignment['role'] | null = null;
  #parent = '';

  constructor(
    private readonly rig: TopologyRig,
    private readonly peer: number,
  ) {
    const { clock } = rig;
    const page: PageClock = {
      nowMs: () => clock.monotonicMs(),
      after: (delayMs, task) => clock.after(delayMs, task),
      every: (periodMs, task) => {
        const again = (): void => {
          task();
          clock.after(periodMs, again);
        };
        clock.after(periodMs, again);
        return () => undefined;
      },
    };
    this.#reports = new MediaReports({
      clock: page,
      counts: () => ({ forwarded: 0, received: 0 }),
      sendReport: () => undefined,
      sendStall: (silentMs) => {
        const parent = this.rig.live().tree.peer(peer)?.parent?.number ?? 0;
        void this.rig.submit({ type: 'ReportStall', peer, parent, silentMs });
      },
    });
  }

  /** Told its place if it is another. */
  look(): void {
    const node = this.rig.live().tree.peer(this.peer)!;
    const fed: Assignment['role'] = node.children.length > 0 ? 'Relay' : 'Leaf';
    const placed = node.parent === null ? 'Root' : fed;
    const role = node.standing === 'placed' ? placed : 'Waiting';
    const parent = String(node.parent?.number);
    if (role === this.#role && parent === this.#parent) return;
    const isMoved = parent !== this.#parent;
    [this.#role, this.#parent] = [role, parent];
    this.#reports.expect(role, isMoved);
  }
}

let rig: TopologyRig;
let viewers: StarvingViewer[];
let peers: number[];

beforeEach(async () => {
  rig = await TopologyRig.start({ settings: { policy: 'resilient', rootPeerCount: 1, maxChildren: 3 } });
  viewers = [];
  peers = [];
  rig.listen({
    committed: (changes) => {
      // Everybody is there: who is suspected acknowledges the probe.
      for (const event of changes.flatMap(({ events }) => events))
        if (event.type === 'PeerSuspected')
          rig.clock.after(ROUND_TRIP_MS, () => void rig.submit({ type: 'Clear', peer: event.peer }));
      for (const viewer of viewers) viewer.look();
    },
  });
});
afterEach(() => rig.end());

/** One of LVQR's: it never complains. */
async function joinLvqr(peerId: string, capacity: number): Promise<void> {
  peers.push(await rig.joined(peerId, { capacity }));
}

async function joinViewer(peerId: string, capacity: number): Promise<void> {
  const peer = await rig.joined(peerId, { capacity });
  const viewer = new StarvingViewer(rig, peer);
  viewer.look();
  peers.push(peer);
  viewers.push(viewer);
  await rig.clock.pass(APART_MS, APART_MS);
}

/** @returns when parents were suspected, milliseconds from the first time on. */
async function suspicionsInPause(): Promise<number[]> {
  for (let leftMs = PAUSE_MS; leftMs > 0; leftMs -= BEAT_MS) {
    for (const peer of peers) void rig.beat(peer);
    await rig.clock.pass(BEAT_MS);
  }
  const times = rig.eventsOf('PeerSuspected', LIVE).map(({ recordedAt }) => recordedAt);
  return times.map((time) => time - (times[0] ?? 0));
}

describe('while the origin pauses, below roots that cannot complain of it,', () => {
  it.each([1, 2, 3])('%d viewers that serve nobody are moved less and less often', async (count) => {
    await joinLvqr('root', 3);
    for (let number = 0; number < count; number += 1) await joinViewer(`viewer-${number}`, 0);
    const times = await suspicionsInPause();
    expect(times.length).toBeLessThanOrEqual(PAUSE_MS / STALL_MS_MAX + 1);
    expect(times.at(-1)! - times.at(-2)!).toBeGreaterThanOrEqual(STALL_MS_MAX);
  });

  it('so are those below relays of the same kind', async () => {
    await joinLvqr('root', 2);
    for (const relay of ['relay-1', 'relay-2']) await joinLvqr(relay, 2);
    for (let number = 0; number < 4; number += 1) await joinViewer(`viewer-${number}`, 0);
    const times = await suspicionsInPause();
    expect(times.length).toBeLessThanOrEqual(2 * (PAUSE_MS / STALL_MS_MAX + 1));
  });

  it('one that can serve others takes the place of the root, complains of the origin, and that is all', async () => {
    await joinLvqr('root', 3);
    for (let number = 0; number < 3; number += 1) await joinViewer(`viewer-${number}`, 2);
    const times = await suspicionsInPause();
    expect(times.length).toBeLessThanOrEqual(4);
    expect(times.at(-1)).toBeLessThan(PAUSE_MS / 4);
  });
});
