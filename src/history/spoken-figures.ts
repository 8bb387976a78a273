/** A duration as people say it: `420 ms`, `10.2 s`, `3 min 5 s`, `2 h 10 min`, `3 d 4 h`. @param ms milliseconds, not negative. */
export function spokenDuration(ms: number): string {
  if (ms < 1_000) return `${String(ms)} ms`;
  if (ms < 60_000) return `${(Math.floor(ms / 100) / 10).toFixed(1)} s`;
  const seconds = Math.floor(ms / 1_000);
  if (seconds < 3_600) return pair(seconds, 60, 'min', 's');
  const minutes = Math.floor(seconds / 60);
  if (minutes < 1_440) return pair(minutes, 60, 'h', 'min');
  return pair(Math.floor(minutes / 60), 24, 'd', 'h');
}

/** `1 child`, `2 children`, `1,204 frames`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${grouped(count)} ${count === 1 ? one : many}`;
}

/** A whole number with commas between thousands. */
export function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}

function pair(count: number, per: number, big: string, small: string): string {
  const rest = count % per;
  const whole = `${String(Math.floor(count / per))} ${big}`;
  return rest === 0 ? whole : `${whole} ${String(rest)} ${small}`;
}
