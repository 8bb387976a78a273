import type { TrackSettings } from '../domain/events.js';
import type { PeerNumber, Position } from '../domain/ids.js';
import type { Arrivals, CapacityShare, Scenario, SessionLengths } from './scenario.js';
import { SeededRandom } from './seeded-random.js';
import type { VirtualTime } from './virtual-time.js';

/** What one viewer is going to do. It depends on the seed alone, so every policy meets the same audience. */
export type ViewerPlan = Readonly<{
  /** Null leaves it to the operator's limit. */
  capacity: number | null;
  sessionMs: number;
  /** Leaves without a word. */
  silent: boolean;
  forwards: boolean;
  /** After how long a silent leave is noticed by its deadline. */
  deadlineMs: number;
  /** What a viewer of a recorded event brings with it that a drawn one does not have. */
  recorded?: RecordedViewer;
}>;

/** A viewer that was really there, or in an earlier run: how it was called, and what it and others did to it. */
export type RecordedViewer = Readonly<{
  /** Its number in the log that it comes from. */
  peer: PeerNumber;
  peerId: string;
  /** In case its join opens the track. */
  settings: TrackSettings;
  /** It came back with its links gone: its old self, by number in that log, leaves as it joins. */
  replaces: PeerNumber | null;
  claims: readonly Readonly<{ afterMs: number; capacity: number | null; position: Position }>[];
  /** `stays`: it was still there at the end, or its next join replaces it. */
  end: 'leaves' | 'kicked' | 'stays';
  /** After how long the service heard of its leave. */
  noticedMs: number;
  /** Of its departure in that log; null when it stayed. */
  endPosition: Position | null;
}>;

const HEARTBEAT_TIMEOUT_MS = 10_000;
/** Heartbeats come in intervals, so a deadline passes up to this much later. */
const DEADLINE_SPREAD_MS = 5_000;
const MINUTE_MS = 60_000;
/** Streams of the seed. */
const VIEWERS = 1;
const ARRIVALS = 2;

/** Has viewers arrive in virtual time as the scenario says. */
export function scheduleArrivals(
  scenario: Scenario,
  seed: number,
  time: VirtualTime,
  arrive: (plan: ViewerPlan) => void,
): void {
  const viewers = new SeededRandom(seed, VIEWERS);
  const arriveNext = (): void => arrive(planViewer(scenario, viewers));
  scenario.arrivals.forEach((arrivals, process) => {
    const random = new SeededRandom(seed, ARRIVALS + process);
    if (arrivals.kind === 'flash') {
      for (let viewer = 0; viewer < arrivals.viewers; viewer += 1) {
        time.after(arrivals.atMs + random.below(arrivals.withinMs), arriveNext);
      }
      return;
    }
    schedulePoisson(ratePieces(arrivals, scenario), random, time, arriveNext);
  });
}

type RatePiece = Readonly<{ untilMs: number; perMs: number }>;

/** Arrivals one at a time. The exponential distribution knows no past, so the wait is drawn anew where the rate changes. */
function schedulePoisson(
  pieces: readonly RatePiece[],
  random: SeededRandom,
  time: VirtualTime,
  arrive: () => void,
): void {
  let index = 0;
  let atMs = 0;
  const scheduleNext = (): void => {
    for (let piece = pieces[index]; piece !== undefined; piece = pieces[index]) {
      const nextMs = atMs + random.exponential() / piece.perMs;
      if (nextMs < piece.untilMs) {
        atMs = nextMs;
        time.after(Math.max(0, Math.round(atMs) - time.nowMs), () => {
          arrive();
          scheduleNext();
        });
        return;
      }
      atMs = piece.untilMs;
      index += 1;
    }
  };
  scheduleNext();
}

function ratePieces(arrivals: Exclude<Arrivals, { kind: 'flash' }>, scenario: Scenario): RatePiece[] {
  const untilMs = scenario.runMs;
  if (arrivals.kind === 'steady') {
    const secondsOnline = meanSecondsWithin(scenario.sessions, arrivals.afterMs / 1_000);
    return [{ untilMs, perMs: arrivals.viewers / secondsOnline / 1_000 }];
  }
  const before = { untilMs: arrivals.points[0]?.atMs ?? untilMs, perMs: 0 };
  const pieces = arrivals.points.map(({ perMinute }, point) => ({
    untilMs: arrivals.points[point + 1]?.atMs ?? untilMs,
    perMs: perMinute / MINUTE_MS,
  }));
  return [before, ...pieces];
}

function planViewer({ sessions, capacities, silentShare, freeRiderShare }: Scenario, random: SeededRandom): ViewerPlan {
  return {
    capacity: drawCapacity(capacities, random),
    sessionMs: Math.max(1, Math.round(drawSeconds(sessions, random) * 1_000)),
    silent: random.chance(silentShare),
    forwards: !random.chance(freeRiderShare),
    deadlineMs: HEARTBEAT_TIMEOUT_MS + random.below(DEADLINE_SPREAD_MS),
  };
}

function drawCapacity(capacities: readonly CapacityShare[], random: SeededRandom): number {
  const total = capacities.reduce((sum, { share }) => sum + share, 0);
  let left = random.fraction() * total;
  const within = random.fraction();
  for (const { from, to, share } of capacities) {
    left -= share;
    if (left < 0) return from + Math.floor(within * (to - from + 1));
  }
  return 0;
}

function drawSeconds(sessions: SessionLengths, random: SeededRandom): number {
  switch (sessions.kind) {
    case 'lognormal':
      return Math.exp(sessions.mu + sessions.sigma * random.normal());
    case 'exponential':
      return sessions.meanSeconds * random.exponential();
    case 'fixed':
      return sessions.seconds;
  }
}

/**
 * Mean of min(session, horizon) in seconds: at arrival rate r, an empty start has r times as many viewers online at the horizon.
 * For the lognormal: the partial expectation E[X; X < t] = exp(mu + sigma^2 / 2) N((ln t - mu) / sigma - sigma).
 */
export function meanSecondsWithin(sessions: SessionLengths, horizon: number): number {
  switch (sessions.kind) {
    case 'lognormal': {
      const { mu, sigma } = sessions;
      const deviations = (Math.log(horizon) - mu) / sigma;
      const below = Math.exp(mu + (sigma * sigma) / 2) * normalShare(deviations - sigma);
      return below + horizon * (1 - normalShare(deviations));
    }
    case 'exponential':
      return sessions.meanSeconds * (1 - Math.exp(-horizon / sessions.meanSeconds));
    case 'fixed':
      return Math.min(sessions.seconds, horizon);
  }
}

/** Share of a normal distribution below x: Abramowitz and Stegun 26.2.17, within 7.5e-8. */
function normalShare(x: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(x));
  const series = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  const tail = (series * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI);
  return x > 0 ? 1 - tail : tail;
}
