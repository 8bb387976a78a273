import type { PeerNumber } from '../../src/domain/ids.js';
import { collectGarbage, type Figure, figureOf, PROCESSOR_TIME_TEXT, processorMicrosecondsOf } from './benchmark.js';
import { CLAIMS_TEXT, type GrownTrack, ROOMY_SETTINGS, roomyText, roomyTrack } from './grown-track.js';
import { type PolicyFigure, policyBenchmark } from './policy-benchmark.js';
import { ScanPlanner } from './scan-planner.js';
import { randomBelow, seededRandom } from './seeded-random.js';

const SIZES = { '1k': 1_000, '10k': 10_000, '100k': 100_000 } as const;

const RUNS = 9;
const WARM_UP_RUNS = 5;
const SCAN_RUNS = 5;
/** A twentieth of the smallest track, so that the shape of the tree stays what joins made it. */
const DEPARTURES_PER_BURST = 50;
const DEPARTURES_PER_RUN = 2_000;
/** Peers that all departures of one baseline run may look at together, at about one scan each. */
const SCANNED_PEERS_PER_RUN = 1_000_000;

/**
 * `repair_us_*`: somebody leaves, and all that were fed by them get another parent, under the default policy; `repair_us_shallowest_*`: under
 * the plain rule.
 */
export const repair = policyBenchmark('repair_us', SIZES, measureSize);

function measureSize({ name, policy, peers }: PolicyFigure): Figure {
  const track = roomyTrack(policy).growTo(peers);
  const random = seededRandom(2);
  collectGarbage();
  for (let run = 0; run < WARM_UP_RUNS; run += 1) timeDepartures(track, random);
  const values = Array.from({ length: RUNS }, () => timeDepartures(track, random));
  // The scan knows the plain rule, so it is measured on a track that goes by that.
  const scanned = policy === 'shallowest' ? track : roomyTrack('shallowest').growTo(peers);
  const baselines = Array.from({ length: SCAN_RUNS }, () => timeScans(scanned, random));
  const conditions = [
    PROCESSOR_TIME_TEXT,
    `decide and evolve in memory, every orphan placed; track of ${String(peers)} peers, ${roomyText(policy)}, ${CLAIMS_TEXT}`,
    `mean of ${String(DEPARTURES_PER_RUN)} departures of random peers a run, ${String(DEPARTURES_PER_BURST)} in a row, then as many joins untimed; ${String(WARM_UP_RUNS)} runs to warm up`,
    'baseline: the rule of shallowest by a linear scan for each slot',
  ];
  return figureOf({ name, unit: 'us', values, baselines, conditions: conditions.join('; ') });
}

/** @returns microseconds for each departure. */
function timeDepartures(track: GrownTrack, random: () => number): number {
  let total = 0;
  for (let departed = 0; departed < DEPARTURES_PER_RUN; departed += DEPARTURES_PER_BURST) {
    const size = track.tree.size;
    const departing = pick(track.numbers(), DEPARTURES_PER_BURST, random);
    total += processorMicrosecondsOf(() => {
      for (const peer of departing) track.run({ type: 'Leave', peer });
    });
    track.growTo(size);
  }
  return total / DEPARTURES_PER_RUN;
}

/** The planner starts from the tree as it is and is thrown away. */
function timeScans(track: GrownTrack, random: () => number): number {
  const { size } = track.tree;
  const departures = Math.max(DEPARTURES_PER_BURST / 2, Math.min(500, Math.floor(SCANNED_PEERS_PER_RUN / size)));
  let total = 0;
  for (let departed = 0; departed < departures; departed += DEPARTURES_PER_BURST) {
    const planner = ScanPlanner.of(track.tree, ROOMY_SETTINGS);
    const departing = pick(track.numbers(), Math.min(departures, DEPARTURES_PER_BURST), random);
    total += processorMicrosecondsOf(() => {
      for (const peer of departing) planner.depart(peer);
    });
  }
  return total / departures;
}

/** So many different ones at random. */
function pick(numbers: PeerNumber[], count: number, random: () => number): PeerNumber[] {
  const picked = new Set<PeerNumber>();
  while (picked.size < count) picked.add(numbers[randomBelow(random, numbers.length)] ?? 0);
  return [...picked];
}
