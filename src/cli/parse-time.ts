import { type AskedMoment, MOMENT_ALLOWED, readMoment, readTime, TIME_ALLOWED } from '../history/moment-text.js';
import { WrongUse } from './wrong-use.js';

export { MOMENT_ALLOWED, TIME_ALLOWED };

/**
 * A time on the command line.
 *
 * @param nowMs epoch milliseconds; durations ago count from it.
 * @returns epoch milliseconds.
 * @throws WrongUse `invalid_time`, naming what is allowed.
 */
export function parseTime(text: string, nowMs: number): number {
  const atMs = readTime(text, nowMs);
  if (atMs === null) throw new WrongUse(`"${text}" is not a time; allowed is ${TIME_ALLOWED}`, 'invalid_time');
  return atMs;
}

/**
 * One end of a range on the command line: a position or a time.
 *
 * @throws WrongUse `invalid_time`, naming what is allowed.
 */
export function parseMoment(text: string, nowMs: number): AskedMoment {
  const asked = readMoment(text, nowMs);
  if (asked === null) throw new WrongUse(`"${text}" is not a moment; allowed is ${MOMENT_ALLOWED}`, 'invalid_time');
  return asked;
}
