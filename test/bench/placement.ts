import type { TopologyCommand } from '../../src/domain/commands.js';
import type { PeerNumber } from '../../src/domain/ids.js';
import { collectGarbage, type Figure, figureOf, PROCESSOR_TIME_TEXT, processorMicrosecondsOf } from './benchmark.js';
import {
  CLAIMS_TEXT,
  type GrownTrack,
  type MeasuredPolicy,
  ROOMY_SETTINGS,
  roomyText,
  roomyTrack,
} from './grown-track.js';
import { type PolicyFigure, policyBenchmark } from './policy-benchmark.js';
import { ScanPlanner } from './scan-planner.js';

const SIZES = { '1k': 1_000, '10k': 10_000, '100k': 100_000, '1m': 1_000_000 } as const;
type Join = Extract<TopologyCommand, { type: 'Join' }>;

const RUNS = 11;
const JOINS_PER_RUN = 5_000;
/** Joins before anything is measured, so that the smallest track meets compiled code too. */
const WARM_UP_JOINS = 30_000;
/** The scan is so much slower that a few tell. */
const SCAN_RUNS = 5;
/** Joins in a row; then those who joined leave again, untimed, so that the track keeps its size within a tenth. */
const JOINS_PER_BURST_MAX = 1_000;
/** Peers that all joins of one baseline run may look at together: it bounds its time. */
const SCANNED_PEERS_PER_RUN = 1_000_000;
/** Above this size the scan would take seconds and say nothing new. */
const SCANNED_TRACK_MAX = 100_000;

/**
 * `placement_us_*`: a join into a track that has so many peers already, under the default policy; `placement_us_shallowest_*`: under the
 * plain rule.
 */
export const placement = policyBenchmark('placement_us', SIZES, measureSize);

function measureSize({ name, policy, peers }: PolicyFigure): Figure {
  const track = roomyTrack(policy).growTo(peers);
  const burst = Math.min(JOINS_PER_BURST_MAX, peers / 10);
  collectGarbage();
  for (let joins = 0; joins < WARM_UP_JOINS; joins += JOINS_PER_RUN) timeJoins(track, burst);
  // The scans come afterwards: each drags the whole track through the processor's caches.
  const values = Array.from({ length: RUNS }, () => timeJoins(track, burst));
  const baselines = peers > SCANNED_TRACK_MAX ? [] : timeBaseline(policy, track, peers);
  const conditions = [
    PROCESSOR_TIME_TEXT,
    `decide and evolve in memory; track of ${String(peers)} peers, ${roomyText(policy)}, ${CLAIMS_TEXT}`,
    `mean of ${String(JOINS_PER_RUN)} joins a run, ${String(WARM_UP_JOINS)} to warm up`,
    baselines.length === 0
      ? 'no baseline at this size'
      : 'baseline: the rule of shallowest by a linear scan for the slot',
  ];
  return figureOf({ name, unit: 'us', values, baselines, conditions: conditions.join('; ') });
}

/** The scan knows the plain rule, so it is measured on a track that goes by that. */
function timeBaseline(policy: MeasuredPolicy, track: GrownTrack, peers: number): number[] {
  const scanned = policy === 'shallowest' ? track : roomyTrack('shallowest').growTo(peers);
  const planner = ScanPlanner.of(scanned.tree, ROOMY_SETTINGS);
  return Array.from({ length: SCAN_RUNS }, () => timeScans(scanned, planner));
}

/** @returns microseconds for each join. */
function timeJoins(track: GrownTrack, burst: number): number {
  let total = 0;
  for (let joined = 0; joined < JOINS_PER_RUN; joined += burst) {
    const commands: Join[] = Array.from({ length: burst }, () => track.nextJoin());
    const before = track.tree.position;
    total += processorMicrosecondsOf(() => {
      for (const command of commands) track.run(command);
    });
    leaveBehind(track, before);
  }
  return total / JOINS_PER_RUN;
}

/** Each join is checked against the tree's own choice: a baseline that answers something else measures nothing. */
function timeScans(track: GrownTrack, planner: ScanPlanner): number {
  const scans = Math.max(10, Math.min(JOINS_PER_RUN, Math.floor(SCANNED_PEERS_PER_RUN / track.tree.size)));
  let total = 0;
  const before = track.tree.position;
  const joined: PeerNumber[] = [];
  for (let scan = 0; scan < scans; scan += 1) {
    const command = track.nextJoin();
    const outcome = track.run(command);
    const number = outcome.ok ? (outcome.peer ?? 0) : 0;
    let parent = 0;
    total += processorMicrosecondsOf(() => {
      parent = planner.join(number, command.capacity);
    });
    if (parent !== (track.tree.peer(number)?.parent?.number ?? 0))
      throw new Error('the linear scan chose another parent');
    joined.push(number);
  }
  for (const number of joined.reverse()) planner.depart(number);
  leaveBehind(track, before);
  return total / scans;
}

/** Whoever joined behind a position leaves, the newest first, so that nobody is orphaned. */
function leaveBehind(track: GrownTrack, position: number): void {
  const newcomers: PeerNumber[] = [];
  for (let number = position + 1; number <= track.tree.position; number += 1) {
    if (track.tree.peer(number) !== null) newcomers.push(number);
  }
  for (const peer of newcomers.reverse()) track.run({ type: 'Leave', peer });
}
