import type { EventRange, PulseRun } from '../event-log/event-log.js';

/** A place in pulse runs, some of which may reach beyond the range. */
export class PulseCursor {
  #run: PulseRun | null = null;
  #index = 0;

  constructor(
    private readonly runs: IterableIterator<PulseRun>,
    private readonly range: EventRange,
  ) {
    this.#nextRun();
  }

  /** Shows the pulses before a position, in order; those of the range alone. */
  visitBefore(position: number, visit: (run: PulseRun, index: number) => void): void {
    const before = Math.min(position, (this.range.untilPosition ?? Infinity) + 1);
    while (this.#run !== null) {
      const run = this.#run;
      const end = Math.min(run.count, before - run.firstPosition);
      for (; this.#index < end; this.#index += 1) visit(run, this.#index);
      if (this.#index < run.count) return;
      this.#nextRun();
    }
  }

  #nextRun(): void {
    const next = this.runs.next();
    this.#run = next.done === true ? null : next.value;
    this.#index = this.#run === null ? 0 : Math.max(0, this.range.afterPosition + 1 - this.#run.firstPosition);
  }
}
