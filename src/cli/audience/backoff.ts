import { BACKOFF_BASE_MS, BACKOFF_MAX_MS } from './audience-settings.js';
import type { SeededRandom } from './seeded-random.js';

/** How long to wait before attempt 1, 2, 3, …: full jitter, so that an audience that lost its service comes back spread out. */
export function backoffMs(random: SeededRandom, attempt: number): number {
  return random.fraction() * Math.min(BACKOFF_MAX_MS, BACKOFF_BASE_MS * 2 ** (attempt - 1));
}
