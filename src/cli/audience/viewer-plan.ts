import { SeededRandom } from './seeded-random.js';

/** Session lengths of live viewers, in seconds, are lognormal: median 245 s, many short ones, a long tail. */
const SESSION_LOG_MEAN = 5.5;
const SESSION_LOG_DEVIATION = 2.0;
const SESSION_SECONDS_MIN = 1;
/**
 * Session lengths are drawn from the part of the distribution below this many times the run, so that even a run of
 * 60 s sees most of its viewers leave.
 */
const SESSION_RUNS_MAX = 2;
const SESSION_DRAWS_MAX = 1_000;
/** One departure of five is a closed laptop: the connection breaks without `leave`. */
const VANISH_PROBABILITY = 0.2;
const REGISTER_TWICE_PROBABILITY = 0.02;
/** Capacity in children, and up to which share of the viewers. */
const CAPACITY_MIX = [
  { capacity: 0, upTo: 0.3 },
  { capacity: 1, upTo: 0.5 },
  { capacity: 2, upTo: 0.7 },
  { capacity: 3, upTo: 1 },
] as const;

/** What one viewer is going to do; a function of the seed and of the viewer's number alone. */
export type ViewerPlan = Readonly<{
  capacity: number;
  /** How long after its first join it departs; null stays to the end. */
  sessionMs: number | null;
  /** Departs without a word. */
  vanishes: boolean;
  /** Sends its first register twice in a row, as a client does whose answer got lost. */
  registersTwice: boolean;
}>;

/** Plans the viewer with that number. `runSeconds` bounds the session length; without churn there is none. */
export function planViewer(seed: number, viewerNumber: number, churn: boolean, runSeconds: number): ViewerPlan {
  const random = new SeededRandom(seed, viewerNumber);
  const capacity = drawCapacity(random);
  const vanishes = random.chance(VANISH_PROBABILITY);
  const registersTwice = random.chance(REGISTER_TWICE_PROBABILITY);
  return { capacity, vanishes, registersTwice, sessionMs: churn ? drawSessionMs(random, runSeconds) : null };
}

/** A claim of 0, 1, 2 or 3 children: 30, 20, 20 and 30 per cent. */
export function drawCapacity(random: SeededRandom): number {
  const share = random.fraction();
  return CAPACITY_MIX.find(({ upTo }) => share < upTo)?.capacity ?? 0;
}

function drawSessionMs(random: SeededRandom, runSeconds: number): number {
  const secondsMax = Math.max(SESSION_SECONDS_MIN, runSeconds * SESSION_RUNS_MAX);
  for (let draw = 0; draw < SESSION_DRAWS_MAX; draw++) {
    const seconds = Math.exp(SESSION_LOG_MEAN + SESSION_LOG_DEVIATION * random.normal());
    if (seconds >= SESSION_SECONDS_MIN && seconds <= secondsMax) return Math.round(seconds * 1_000);
  }
  return Math.round(secondsMax * 1_000);
}
