import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Audience } from './audience.js';
import { type AudienceSettings, PROGRESS_TICK_MS } from './audience-settings.js';
import { type AudienceSummary, summarise } from './audience-summary.js';
import { logRefusal, type LogSource } from './log-reader.js';
import { checkPositions, type PositionFigures } from './position-check.js';

/** How far a run is. */
export type AudienceProgress =
  | Readonly<{ phase: 'watching'; elapsedMs: number; audience: Audience }>
  | Readonly<{ phase: 'checking'; eventsRead: number }>;

/** How a run ended: with a summary, or not begun because the service cannot be used. */
export type AudienceOutcome =
  Readonly<{ kind: 'finished'; summary: AudienceSummary }> | Readonly<{ kind: 'unusable'; reason: string }>;

const NANOSECONDS_PER_MS = 1e6;
const LOOP_DELAY_RESOLUTION_MS = 10;
const CHECK_PROGRESS_EVENTS = 10_000;

/**
 * Runs an audience against a service, then compares what was acknowledged with the log.
 *
 * @param stop ends the run early; the summary still comes.
 * @param progress hears about twice a second how far the run is.
 */
export async function runAudience(
  settings: AudienceSettings,
  stop: AbortSignal,
  progress: (progress: AudienceProgress) => void,
): Promise<AudienceOutcome> {
  const source: LogSource = settings;
  const refusal = settings.checkLog ? await logRefusal(source) : null;
  if (refusal !== null) {
    const advice = 'give --admin-token, or --no-check to leave acknowledged positions unchecked';
    return { kind: 'unusable', reason: `reading the log is refused (HTTP ${String(refusal)}): ${advice}` };
  }
  const loopDelay = monitorEventLoopDelay({ resolution: LOOP_DELAY_RESOLUTION_MS });
  loopDelay.enable();
  const audience = new Audience(settings);
  const startedAtMs = performance.now();
  const reason = await watch(audience, stop, progress);
  loopDelay.disable();
  if (reason !== null) return { kind: 'unusable', reason };
  const elapsedMs = performance.now() - startedAtMs;
  const positions = settings.checkLog ? await check(audience, source, progress) : null;
  const loopDelayMs = loopDelay.percentile(99) / NANOSECONDS_PER_MS;
  return { kind: 'finished', summary: summarise(audience, { elapsedMs, loopDelayMs, positions }) };
}

/** Lets the audience watch until its time is up; a reason when nobody ever got in. */
async function watch(
  audience: Audience,
  stop: AbortSignal,
  progress: (progress: AudienceProgress) => void,
): Promise<string | null> {
  const { seconds, reachTimeoutMs } = audience.settings;
  const startedAtMs = performance.now();
  audience.start();
  const ticker = setInterval(() => {
    progress({ phase: 'watching', elapsedMs: performance.now() - startedAtMs, audience });
  }, PROGRESS_TICK_MS);
  const lastMs = Math.max(seconds * 1_000, 1);
  await timePassed(Math.min(lastMs, reachTimeoutMs), stop);
  const remainingMs = lastMs - (performance.now() - startedAtMs);
  if (audience.tally.connects > 0 && remainingMs > 0) await timePassed(remainingMs, stop);
  await audience.end();
  clearInterval(ticker);
  return audience.tally.connects > 0 || stop.aborted ? null : notReached(audience);
}

function notReached({ settings, tally }: Audience): string {
  const reasons = [...tally.connectFailureReasons.keys()].join(', ') || 'no answer';
  return `no peer could connect to ${settings.url}: ${reasons}`;
}

function check(
  audience: Audience,
  source: LogSource,
  progress: (progress: AudienceProgress) => void,
): Promise<PositionFigures> {
  return checkPositions(source, audience.acknowledged, audience.violations, (eventsRead) => {
    if (eventsRead % CHECK_PROGRESS_EVENTS === 0) progress({ phase: 'checking', eventsRead });
  });
}

function timePassed(durationMs: number, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      stop.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, Math.min(durationMs, TIMER_MS_MAX));
    stop.addEventListener('abort', done, { once: true });
    if (stop.aborted) done();
  });
}

/** A longer timeout would fire at once. */
const TIMER_MS_MAX = 2 ** 31 - 1;
