/** Events of the long logs unless `--events` says otherwise. */
export const LOG_EVENTS = 10_000_000;
const LOG_EVENTS_MIN = 100_000;
const LOG_EVENTS_MAX = 100_000_000;

let chosen = LOG_EVENTS;

/** How many events the long logs get that are written to be read or started on. */
export function logEvents(): number {
  return chosen;
}

/** @returns false, and changes nothing, when that is no whole number of 100,000 to 100,000,000. */
export function chooseLogEvents(text: string): boolean {
  const events = /^\d{1,9}$/.test(text) ? Number(text) : NaN;
  if (!(events >= LOG_EVENTS_MIN && events <= LOG_EVENTS_MAX)) return false;
  chosen = events;
  return true;
}

let kept: string | null = null;

/** Where the long log of the questions about the past is written once and used again; null writes it anew for each benchmark. */
export function keptLog(): string | null {
  return kept;
}

export function keepLogIn(directory: string): void {
  kept = directory;
}
