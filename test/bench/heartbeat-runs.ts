import type { PulseRun } from '../../src/event-log/event-log.js';
import { randomBelow } from './seeded-random.js';

/** What a column of a run holds for heartbeats, which report no frames. */
const NO_FRAMES = -1;

/**
 * Heartbeats of one commit, as the writer hands them to the log.
 *
 * @param peers numbers of those who beat, in order of arrival.
 * @param fromMs when the first arrived; the others follow evenly over `spanMs`.
 */
export function heartbeatRun(
  firstPosition: number,
  peers: readonly number[],
  fromMs: number,
  spanMs: number,
): PulseRun {
  const count = peers.length;
  const frames = new Array<number>(count).fill(NO_FRAMES);
  const recordedAt = peers.map((_, index) => fromMs + Math.floor((index * spanMs) / count));
  return { kind: 'pulses', firstPosition, count, peers, recordedAt, forwardedFrames: frames, receivedFrames: frames };
}

/** Numbers of `count` random peers among `audience`: they joined one after the other, two events each. */
export function randomPeers(random: () => number, count: number, audience: number): number[] {
  return Array.from({ length: count }, () => 2 + 2 * randomBelow(random, audience));
}
