/** Seconds a soak takes unless `--seconds` says otherwise. */
export const SOAK_SECONDS = 600;
const SECONDS_MIN = 10;
const SECONDS_MAX = 86_400;

let chosen = SOAK_SECONDS;

export function soakSeconds(): number {
  return chosen;
}

/** @returns false, and changes nothing, when that is no whole number of 10 to 86,400. */
export function chooseSoakSeconds(text: string): boolean {
  const seconds = /^\d{1,5}$/.test(text) ? Number(text) : NaN;
  if (!(seconds >= SECONDS_MIN && seconds <= SECONDS_MAX)) return false;
  chosen = seconds;
  return true;
}
