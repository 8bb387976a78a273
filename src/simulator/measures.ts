/** What one run of one policy came to, under the names of `simulate --json`. Percentages are of 100. */
export const MEASURES = [
  'fed_percentage',
  'offload_percentage',
  'rejected_percentage',
  'interruptions_per_hour',
  'starved_percentage',
  'outage_p50_s',
  'outage_p95_s',
  'outages_within_4s_percentage',
  'messages_per_departure',
  'planned_moves_per_departure',
  'depth_mean',
  'depth_p95',
  'too_deep_percentage',
  'waiting_percentage',
  'startup_p95_s',
] as const;
export type Measure = (typeof MEASURES)[number];
export type Measures = Readonly<Record<Measure, number>>;

const SECOND_MS = 1_000;
const HOUR_MS = 3_600_000;
const SHORT_OUTAGE_MS = 4_000;

/** The sums behind the measures; times are in milliseconds. */
export class Tally {
  onlineMs = 0;
  fedMs = 0;
  fedByPeerMs = 0;
  starvedMs = 0;
  waitingMs = 0;
  joins = 0;
  rejections = 0;
  interruptions = 0;
  departures = 0;
  messages = 0;
  plannedMoves = 0;
  readonly outagesMs: number[] = [];
  readonly startupsMs: number[] = [];
  /** How many placed peers were seen at each depth, all looks together. */
  readonly depths: number[] = [];

  measures(maxDepth: number): Measures {
    const outages = [...this.outagesMs].sort(ascending);
    const startups = [...this.startupsMs].sort(ascending);
    const depths = this.depths;
    const seen = sum(depths);
    return {
      fed_percentage: percentage(this.fedMs, this.onlineMs),
      offload_percentage: percentage(this.fedByPeerMs, this.onlineMs),
      rejected_percentage: percentage(this.rejections, this.joins),
      interruptions_per_hour: ratio(this.interruptions, this.fedMs / HOUR_MS),
      starved_percentage: percentage(this.starvedMs, this.onlineMs),
      outage_p50_s: quantile(outages, 0.5) / SECOND_MS,
      outage_p95_s: quantile(outages, 0.95) / SECOND_MS,
      outages_within_4s_percentage: percentage(
        outages.filter((outageMs) => outageMs <= SHORT_OUTAGE_MS).length,
        outages.length,
      ),
      messages_per_departure: ratio(this.messages, this.departures),
      planned_moves_per_departure: ratio(this.plannedMoves, this.departures),
      depth_mean: ratio(sum(depths.map((count, depth) => count * depth)), seen),
      depth_p95: quantileOfCounts(depths, seen, 0.95),
      too_deep_percentage: percentage(sum(depths.slice(maxDepth + 1)), seen),
      waiting_percentage: percentage(this.waitingMs, this.onlineMs),
      startup_p95_s: quantile(startups, 0.95) / SECOND_MS,
    };
  }
}

/** The value that a share of all does not exceed (nearest rank). 0 when there is none. */
export function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
}

function quantileOfCounts(counts: readonly number[], total: number, share: number): number {
  let left = Math.ceil(share * total);
  for (let value = 0; value < counts.length; value += 1) {
    left -= counts[value] ?? 0;
    if (left <= 0) return value;
  }
  return 0;
}

function percentage(part: number, whole: number): number {
  return 100 * ratio(part, whole);
}

function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}

function sum(numbers: readonly number[]): number {
  let total = 0;
  // Depths nobody stood at are holes, which forEach passes over.
  numbers.forEach((number) => {
    total += number;
  });
  return total;
}

function ascending(one: number, other: number): number {
  return one - other;
}
