import { type AskedMoment, MOMENT_ALLOWED, readMoment, readTime, TIME_ALLOWED } from '../history/moment-text.js';
import { Problem } from './problem.js';

/** A moment that an address names. @throws Problem `invalid_time`, naming the parameter and what is allowed. */
export function askedMomentOf(text: string, parameter: string, nowMs: number): AskedMoment {
  const moment = readMoment(text, nowMs);
  if (moment === null) throw invalid(text, parameter, MOMENT_ALLOWED);
  return moment;
}

/** A time that an address names, in epoch milliseconds; whole numbers are never positions here. @throws Problem `invalid_time`. */
export function askedTimeOf(text: string, parameter: string, nowMs: number): AskedMoment {
  const timeMs = readTime(text, nowMs);
  if (timeMs === null) throw invalid(text, parameter, TIME_ALLOWED);
  return { timeMs };
}

/** Whether the text will mean the same moment later, unlike a duration ago. */
export function isStableMoment(text: string): boolean {
  const [one, other] = [readTime(text, 0), readTime(text, 1)];
  return one === other;
}

function invalid(text: string, parameter: string, allowed: string): Problem {
  return new Problem('invalid_time', `${parameter}: ${JSON.stringify(text)} is none; allowed is ${allowed}`);
}
