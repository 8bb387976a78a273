import type { Audience } from './audience.js';
import type { LatencyFigures } from './latency-histogram.js';
import type { PositionFigures } from './position-check.js';
import type { Violation } from './violations.js';

/** What one run came to; printed as it is with `--json`. */
export type AudienceSummary = Readonly<{
  track: string;
  seed: number;
  peers: number;
  elapsed_ms: number;
  online_at_end: number;
  connects: number;
  connect_failures: number;
  connect_failure_reasons: Readonly<Record<string, number>>;
  joins: number;
  rejoins: number;
  resumes: number;
  leaves: number;
  silent_departures: number;
  given_up: number;
  disconnects: number;
  superseded: number;
  assign_parent: number;
  peer_left: number;
  probes: number;
  stall_reports: number;
  /** Plans that viewers followed when their parent had vanished, by what the next assignment said. */
  plans_agreed: number;
  plans_corrected: number;
  signals_received: number;
  skipped_beats: number;
  acks: number;
  acks_by_kind: Readonly<Record<string, number>>;
  ack_latency: LatencyFigures;
  register_latency: LatencyFigures;
  pulse_latency: LatencyFigures;
  /** How late this process itself was: latencies below it say nothing about the service. */
  own_delay_p99_ms: number;
  rejections_expected: Readonly<Record<string, number>>;
  rejections_unexpected: Readonly<Record<string, number>>;
  violations: number;
  violations_by_rule: Readonly<Record<string, number>>;
  first_violations: readonly Violation[];
  /** Null when the check was left out. */
  positions: PositionFigures | null;
}>;

/** What the audience itself does not know about its run. */
export type RunFigures = Readonly<{
  elapsedMs: number;
  loopDelayMs: number;
  positions: PositionFigures | null;
}>;

/** Puts all numbers of a run together. */
export function summarise(audience: Audience, run: RunFigures): AudienceSummary {
  const { settings, tally, violations } = audience;
  return {
    track: settings.track,
    seed: settings.seed,
    peers: settings.peers,
    elapsed_ms: Math.round(run.elapsedMs),
    online_at_end: audience.onlineAtEnd,
    connects: tally.connects,
    connect_failures: tally.connectFailures,
    connect_failure_reasons: Object.fromEntries(tally.connectFailureReasons),
    joins: tally.joins,
    rejoins: tally.rejoins,
    resumes: tally.resumes,
    leaves: tally.leaves,
    silent_departures: tally.silentDepartures,
    given_up: tally.givenUp,
    disconnects: tally.disconnects,
    superseded: tally.superseded,
    assign_parent: tally.assignParents,
    peer_left: tally.peerLefts,
    probes: tally.probes,
    stall_reports: tally.stallReports,
    plans_agreed: tally.plansAgreed,
    plans_corrected: tally.plansCorrected,
    signals_received: tally.signalsReceived,
    skipped_beats: tally.skippedBeats,
    acks: tally.acksTotal,
    acks_by_kind: Object.fromEntries(tally.acks),
    ack_latency: tally.latency.figures(),
    register_latency: tally.registerLatency.figures(),
    pulse_latency: tally.pulseLatency.figures(),
    own_delay_p99_ms: Math.round(run.loopDelayMs * 10) / 10,
    rejections_expected: Object.fromEntries(tally.rejectionsExpected),
    rejections_unexpected: Object.fromEntries(tally.rejectionsUnexpected),
    violations: violations.count,
    violations_by_rule: violations.byRule(),
    first_violations: violations.first,
    positions: run.positions,
  };
}
