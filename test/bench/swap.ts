import type { TopologyCommand } from '../../src/domain/commands.js';
import { decide } from '../../src/domain/decide.js';
import type { TrackSettings } from '../../src/domain/events.js';
import type { PeerNode } from '../../src/domain/peer-node.js';
import { RelayTree } from '../../src/domain/relay-tree.js';
import {
  type Benchmark,
  collectGarbage,
  type Figure,
  figureOf,
  PROCESSOR_TIME_TEXT,
  processorMicrosecondsOf,
} from './benchmark.js';
import { STARTED_AT } from './grown-track.js';

const SIZES = { '1k': 1_000, '10k': 10_000, '100k': 100_000, '1m': 1_000_000 } as const;
type Size = keyof typeof SIZES;

const RUNS = 9;
const SWAPS_PER_RUN = 2_000;
const WARM_UP_RUNS = 5;
/** Swaps in a row; then those who came leave again, untimed, and the viewers have their slots back. */
const SWAPS_PER_BURST = 500;
const SCAN_RUNS = 5;
/** Peers that all scans of one baseline run may look at together: it bounds its time. */
const SCANNED_PEERS_PER_RUN = 1_000_000;
/** Above this size the scan would take seconds and say nothing new. */
const SCANNED_TRACK_MAX = 100_000;

/** `swap_us_*`: somebody who can serve comes into a track without a free slot, and takes the place of a viewer. */
export const swap: Benchmark = {
  names: Object.keys(SIZES).map((size) => `swap_us_${size}`),
  measure: (wanted) =>
    (Object.keys(SIZES) as Size[]).filter((size) => wanted.has(`swap_us_${size}`)).map((size) => measureSize(size)),
};

function measureSize(size: Size): Figure {
  const peers = SIZES[size];
  const track = new FullTrack(peers);
  collectGarbage();
  for (let run = 0; run < WARM_UP_RUNS; run += 1) timeSwaps(track);
  const values = Array.from({ length: RUNS }, () => timeSwaps(track));
  const baselines = peers > SCANNED_TRACK_MAX ? [] : Array.from({ length: SCAN_RUNS }, () => timeScans(track, peers));
  const conditions = [
    PROCESSOR_TIME_TEXT,
    `decide and evolve in memory; track of ${String(peers)} pure viewers, all of them roots, policy resilient; each join takes a root slot, and the viewer hangs below it`,
    `mean of ${String(SWAPS_PER_RUN)} swaps a run, ${String(WARM_UP_RUNS)} runs to warm up`,
    baselines.length === 0 ? 'no baseline at this size' : 'baseline: a linear scan for the weaker peer alone',
  ];
  return figureOf({ name: `swap_us_${size}`, unit: 'us', values, baselines, conditions: conditions.join('; ') });
}

/** Every slot is taken by a viewer. */
class FullTrack {
  readonly tree = new RelayTree();
  readonly #settings: TrackSettings;
  #joins = 0;

  constructor(size: number) {
    this.#settings = {
      policy: 'resilient',
      policyVersion: 1,
      rootPeerCount: size,
      maxChildren: 1,
      maxDepth: 2,
      heartbeatTimeoutMs: 10_000,
    };
    for (let viewer = 0; viewer < size; viewer += 1) this.run(this.join(0));
  }

  join(capacity: number): TopologyCommand {
    this.#joins += 1;
    const identity = { peerId: `peer-${String(this.#joins)}`, resumeHash: null };
    return { type: 'Join', identity, capacity, settings: this.#settings, peersMax: 2_000_000, replace: false };
  }

  run(command: TopologyCommand): number {
    const outcome = decide(this.tree, command, STARTED_AT, () => undefined);
    if (!outcome.ok) throw new Error(outcome.reason);
    return outcome.peer ?? 0;
  }
}

/** @returns microseconds for each swap. */
function timeSwaps(track: FullTrack): number {
  let total = 0;
  for (let swapped = 0; swapped < SWAPS_PER_RUN; swapped += SWAPS_PER_BURST) {
    const commands = Array.from({ length: SWAPS_PER_BURST }, () => track.join(1));
    const newcomers: number[] = [];
    total += processorMicrosecondsOf(() => {
      for (const command of commands) newcomers.push(track.run(command));
    });
    for (const peer of newcomers.reverse()) track.run({ type: 'Leave', peer });
  }
  return total / SWAPS_PER_RUN;
}

/** The choice is checked against the policy's own: a baseline that answers something else measures nothing. */
function timeScans(track: FullTrack, peers: number): number {
  const scans = Math.max(5, Math.min(SWAPS_PER_BURST, Math.floor(SCANNED_PEERS_PER_RUN / peers)));
  const newcomers: number[] = [];
  let total = 0;
  for (let scan = 0; scan < scans; scan += 1) {
    const found: (PeerNode | null)[] = [];
    total += processorMicrosecondsOf(() => {
      found.push(shallowestViewer(track.tree));
    });
    const newcomer = track.run(track.join(1));
    newcomers.push(newcomer);
    if (track.tree.peer(newcomer)?.children[0] !== found[0]) throw new Error('the linear scan chose another peer');
  }
  for (const peer of newcomers.reverse()) track.run({ type: 'Leave', peer });
  return total / scans;
}

/** The shallowest peer that serves nobody; of one depth the newest. */
function shallowestViewer(tree: RelayTree): PeerNode | null {
  let best: PeerNode | null = null;
  for (const peer of tree.peers()) {
    if (peer.effectiveCapacity > 0 || peer.depth >= 2) continue;
    if (best === null || peer.depth < best.depth || (peer.depth === best.depth && peer.number > best.number))
      best = peer;
  }
  return best;
}
