import type { AudienceSummary } from './audience-summary.js';
import type { LatencyFigures } from './latency-histogram.js';

type Row = readonly [name: string, value: string];

/** The summary for people: one line a number, then the first violations in full. */
export function summaryTable(summary: AudienceSummary): string[] {
  const rows = [...peerRows(summary), ...answerRows(summary), ...checkRows(summary)];
  const width = Math.max(...rows.map(([name]) => name.length));
  const lines = rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`);
  const violations = summary.first_violations.map(
    ({ rule, peer_id: peerId, detail }) => `  ${rule}${peerId === null ? '' : ` (${peerId})`}: ${detail}`,
  );
  if (violations.length > 0) {
    lines.push('', `first ${String(violations.length)} of ${String(summary.violations)} violations:`, ...violations);
  }
  return lines;
}

function peerRows(summary: AudienceSummary): Row[] {
  return [
    ['track', summary.track],
    ['seed', String(summary.seed)],
    ['elapsed', `${(summary.elapsed_ms / 1_000).toFixed(1)} s`],
    ['online at the end', `${String(summary.online_at_end)} of ${String(summary.peers)}`],
    ['joins', String(summary.joins)],
    ['rejoins', String(summary.rejoins)],
    ['resumes', String(summary.resumes)],
    ['leaves', String(summary.leaves)],
    ['silent departures', String(summary.silent_departures)],
    ['disconnects', String(summary.disconnects)],
    ['connect failures', withCounts(summary.connect_failures, summary.connect_failure_reasons)],
    ['superseded', String(summary.superseded)],
    ['given up', String(summary.given_up)],
    ['assign_parent', String(summary.assign_parent)],
    ['peer_left', String(summary.peer_left)],
    ['stall reports', String(summary.stall_reports)],
    ['plans followed', `${String(summary.plans_agreed)} agreed, ${String(summary.plans_corrected)} corrected`],
    ['signals received', String(summary.signals_received)],
    ['skipped beats', String(summary.skipped_beats)],
  ];
}

function answerRows(summary: AudienceSummary): Row[] {
  return [
    ['acks', withCounts(summary.acks, summary.acks_by_kind)],
    ['ack latency', latency(summary.ack_latency)],
    ['  register', latency(summary.register_latency)],
    ['  pulses', `${latency(summary.pulse_latency)} (the service lets them linger)`],
    ['own delay p99', `${String(summary.own_delay_p99_ms)} ms`],
    ['rejections, expected', counts(summary.rejections_expected)],
    ['rejections, unexpected', counts(summary.rejections_unexpected)],
  ];
}

function checkRows({ violations, violations_by_rule: byRule, positions }: AudienceSummary): Row[] {
  const rows: Row[] = [['violations', withCounts(violations, byRule)]];
  if (positions === null) return [...rows, ['positions', 'not checked (--no-check)']];
  const { acknowledged, checked, missing, wrong } = positions;
  const sample = checked < acknowledged ? ` (a sample of ${String(acknowledged)})` : '';
  return [
    ...rows,
    ['positions checked', `${String(checked)}${sample}`],
    ['positions missing', String(missing)],
    ['positions wrong', String(wrong)],
    [
      'moves explained',
      `${String(positions.moves_checked - positions.moves_unexplained)} of ${String(positions.moves_checked)}`,
    ],
  ];
}

function latency({ p50_ms: p50, p99_ms: p99, max_ms: max }: LatencyFigures): string {
  return `p50 ${String(p50)} ms, p99 ${String(p99)} ms, max ${String(max)} ms`;
}

function withCounts(sum: number, byName: Readonly<Record<string, number>>): string {
  return sum === 0 ? '0' : `${String(sum)} (${counts(byName)})`;
}

function counts(byName: Readonly<Record<string, number>>): string {
  const entries = Object.entries(byName);
  if (entries.length === 0) return '0';
  return entries.map(([name, count]) => `${name} ${String(count)}`).join(', ');
}
