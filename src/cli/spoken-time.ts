/** `2026-01-31T20:14:07.120Z`. @param atMs epoch milliseconds. */
export function isoTimestamp(atMs: number): string {
  return new Date(atMs).toISOString();
}

/** `2026-01-31`, in UTC. */
export function dayOf(atMs: number): string {
  return isoTimestamp(atMs).slice(0, 10);
}

/** `20:14:07.120`, in UTC. */
export function timeOfDay(atMs: number): string {
  return isoTimestamp(atMs).slice(11, 23);
}
