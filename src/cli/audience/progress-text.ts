import type { AudienceProgress } from './run-audience.js';

/** How far a run is, in one line. */
export function progressText(progress: AudienceProgress): string {
  if (progress.phase === 'checking') return `reading the log: ${String(progress.eventsRead)} events`;
  const { audience, elapsedMs } = progress;
  const { tally, violations, settings } = audience;
  return [
    `${String(Math.floor(elapsedMs / 1_000))} of ${String(settings.seconds)} s`,
    `online ${String(audience.online)} of ${String(settings.peers)}`,
    `joins ${String(tally.joins)}`,
    `acks ${String(tally.acksTotal)}`,
    `p50 ${tally.latency.percentileMs(0.5).toFixed(1)} ms`,
    `rejections ${String(tally.rejectionsTotal)}`,
    `violations ${String(violations.count)}`,
  ].join('  ');
}
