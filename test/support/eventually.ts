const LOOK_AGAIN_MS = 50;
/** A wait that succeeds costs nothing by being allowed to last, and a machine may be busy with other things. */
const PATIENCE = 3;

/** Looks until there is something to see. @throws when there is nothing within three times `withinMs`; a look that throws sees nothing. */
export async function eventually<Sight>(
  what: string,
  withinMs: number,
  look: () => Promise<Sight | null> | Sight | null,
): Promise<Sight> {
  const deadline = Date.now() + PATIENCE * withinMs;
  let reason = '';
  for (;;) {
    try {
      const seen = await look();
      if (seen !== null) return seen;
    } catch (error) {
      reason = `: ${String(error)}`;
    }
    if (Date.now() > deadline) throw new Error(`not within ${String(PATIENCE * withinMs)} ms: ${what}${reason}`);
    await passed(LOOK_AGAIN_MS);
  }
}

/** Lets real time pass: where the length of a fault is the very thing under test. */
export function passed(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** The same, unless one of the others comes to an end before; then no timer stays behind, for which the process would wait. */
export async function passedOr(ms: number, ...others: readonly Promise<unknown>[]): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  try {
    await Promise.race([late, ...others]);
  } finally {
    clearTimeout(timer);
  }
}

/** What `work` comes to, or an error when that takes longer than `withinMs`. */
export async function within<Value>(what: string, withinMs: number, work: Promise<Value>): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not within ${String(withinMs)} ms: ${what}`)), withinMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
