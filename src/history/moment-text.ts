import type { Position } from '../domain/ids.js';

/** What a moment may be written as. */
export const TIME_ALLOWED = 'ISO 8601 (2026-01-31T20:14:07Z), epoch milliseconds, or a duration ago (30s, 5m, 2h, 1d)';
export const MOMENT_ALLOWED = `a position of the log, or a time: ${TIME_ALLOWED}`;

/** Whole numbers from here on are epoch milliseconds (1973 and later), below it positions: no track has so many events. */
export const EPOCH_MS_FROM = 100_000_000_000;

const ISO = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?)(Z|[+-]\d{2}:?\d{2})?)?$/i;
const DIGITS = /^\d{1,15}$/;
const AGO = /^(\d{1,9})(ms|s|m|h|d)$/;
const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** A moment that somebody asks for: a place in the log, or a time in epoch milliseconds. */
export type AskedMoment = Readonly<{ position: Position } | { timeMs: number }>;

/**
 * A time as people write it. ISO times without a zone are UTC, as everything we print is.
 *
 * @param nowMs epoch milliseconds; durations ago count from it.
 * @returns epoch milliseconds; null when it is none of what `TIME_ALLOWED` says.
 */
export function readTime(text: string, nowMs: number): number | null {
  const trimmed = text.trim();
  return DIGITS.test(trimmed) ? Number(trimmed) : (timeAgo(trimmed, nowMs) ?? isoTime(trimmed));
}

/**
 * Either end of a range: a position or a time. A whole number below `EPOCH_MS_FROM` is a position.
 *
 * @returns null when it is none of what `MOMENT_ALLOWED` says.
 */
export function readMoment(text: string, nowMs: number): AskedMoment | null {
  const trimmed = text.trim();
  if (DIGITS.test(trimmed) && Number(trimmed) < EPOCH_MS_FROM) return { position: Number(trimmed) };
  const timeMs = readTime(trimmed, nowMs);
  return timeMs === null ? null : { timeMs };
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
