import { WrongUse } from './wrong-use.js';

export const TIME_ALLOWED = 'ISO 8601 (2026-01-31T20:14:07Z), epoch milliseconds, or a duration ago (30s, 5m, 2h, 1d)';

const ISO = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?)(Z|[+-]\d{2}:?\d{2})?)?$/i;
const EPOCH_MS = /^\d{1,15}$/;
const AGO = /^(\d{1,9})(ms|s|m|h|d)$/;
const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/**
 * A moment on the command line. ISO times without a zone are UTC, as everything we print is.
 *
 * @param nowMs epoch milliseconds; durations ago count from it.
 * @returns epoch milliseconds.
 * @throws WrongUse for anything else, naming what is allowed.
 */
export function parseTime(text: string, nowMs: number): number {
  const trimmed = text.trim();
  const atMs = EPOCH_MS.test(trimmed) ? Number(trimmed) : (timeAgo(trimmed, nowMs) ?? isoTime(trimmed));
  if (atMs === null) throw new WrongUse(`"${text}" is not a time; allowed is ${TIME_ALLOWED}`);
  return atMs;
}

function timeAgo(text: string, nowMs: number): number | null {
  const [, amount, unit] = AGO.exec(text) ?? [];
  return amount === undefined ? null : nowMs - Number(amount) * UNIT_MS[unit as keyof typeof UNIT_MS];
}

function isoTime(text: string): number | null {
  const [, day, time = '00:00', zone = 'Z'] = ISO.exec(text) ?? [];
  if (day === undefined) return null;
  const atMs = Date.parse(`${day}T${time}${zone.toUpperCase()}`);
  // The engine takes 30 February for 2 March; a day that does not exist is refused instead.
  const exists = new Date(`${day}T00:00Z`).getTime() && new Date(`${day}T00:00Z`).toISOString().startsWith(day);
  return Number.isNaN(atMs) || !exists ? null : atMs;
}
