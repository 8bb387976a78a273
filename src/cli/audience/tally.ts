import { LatencyHistogram } from './latency-histogram.js';
import type { RequestKind } from './wire-answers.js';

/** Codes the service may name at any time while it is overloaded, down or draining: sent again after a back-off. */
export const RETRIED_CODES: ReadonlySet<string> = new Set([
  'busy',
  'rate_limited',
  'storage_unavailable',
  'shutting_down',
]);

/**
 * Also no surprise: a peer that was away past its deadline is not registered any more, and a signal may cross with
 * the decision that moves its target.
 */
const EXPECTED_CODES: ReadonlySet<string> = new Set([
  ...RETRIED_CODES,
  'not_registered',
  'forbidden_target',
  'unknown_peer',
]);

/** What happened to the audience, in numbers. */
export class Tally {
  connects = 0;
  connectFailures = 0;
  joins = 0;
  /** Joins of a peer that the service had given up, seen by its answer `not_registered`. */
  rejoins = 0;
  /** Registers after a lost connection. */
  resumes = 0;
  leaves = 0;
  silentDepartures = 0;
  disconnects = 0;
  superseded = 0;
  assignParents = 0;
  peerLefts = 0;
  probes = 0;
  stallReports = 0;
  /** Plans followed that the next assignment agreed with, and those it did not. */
  plansAgreed = 0;
  plansCorrected = 0;
  signalsReceived = 0;
  skippedBeats = 0;
  givenUp = 0;
  readonly acks = new Map<RequestKind, number>();
  readonly rejectionsExpected = new Map<string, number>();
  readonly rejectionsUnexpected = new Map<string, number>();
  readonly connectFailureReasons = new Map<string, number>();
  readonly latency = new LatencyHistogram();
  readonly registerLatency = new LatencyHistogram();
  /** Heartbeats and forward reports: the service lets them linger to fill its blocks. */
  readonly pulseLatency = new LatencyHistogram();

  answered(kind: RequestKind, elapsedMs: number): void {
    this.latency.add(elapsedMs);
    if (kind === 'register') this.registerLatency.add(elapsedMs);
    if (kind === 'heartbeat' || kind === 'forward_report') this.pulseLatency.add(elapsedMs);
  }

  accepted(kind: RequestKind): void {
    this.acks.set(kind, (this.acks.get(kind) ?? 0) + 1);
  }

  rejected(code: string): void {
    const counts = EXPECTED_CODES.has(code) ? this.rejectionsExpected : this.rejectionsUnexpected;
    counts.set(code, (counts.get(code) ?? 0) + 1);
  }

  connectFailed(reason: string): void {
    this.connectFailures += 1;
    if (this.connectFailureReasons.size >= REASONS_MAX && !this.connectFailureReasons.has(reason)) return;
    this.connectFailureReasons.set(reason, (this.connectFailureReasons.get(reason) ?? 0) + 1);
  }

  get acksTotal(): number {
    return total(this.acks);
  }

  get rejectionsTotal(): number {
    return total(this.rejectionsExpected) + total(this.rejectionsUnexpected);
  }
}

const REASONS_MAX = 20;

function total(counts: ReadonlyMap<string, number>): number {
  let sum = 0;
  for (const count of counts.values()) sum += count;
  return sum;
}
