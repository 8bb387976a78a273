interface Due {
  readonly atMs: number;
  readonly order: number;
  readonly run: () => void;
}

/** The simulator's clock: jumps from one scheduled deed to the next. Deeds of one moment run in the order they were scheduled. */
export class VirtualTime {
  /** Milliseconds since the run began. */
  nowMs = 0;
  readonly #heap: Due[] = [];
  #scheduled = 0;
  /** Deeds that have a turn, by their moment. */
  readonly #turns = new Map<number, { readonly turn: number; readonly run: () => void }[]>();

  /** @param delayMs whole milliseconds from now, 0 or more. */
  after(delayMs: number, run: () => void): void {
    this.#scheduled += 1;
    this.#rise({ atMs: this.nowMs + delayMs, order: this.#scheduled, run });
  }

  /**
   * As `after`; but of the deeds of one moment that have a turn, the one with the lowest goes first, whichever was scheduled first.
   *
   * @param turn null for none.
   */
  afterInTurn(delayMs: number, turn: number | null, run: () => void): void {
    if (turn === null) return this.after(delayMs, run);
    const atMs = this.nowMs + delayMs;
    const sameMoment = this.#turns.get(atMs) ?? [];
    sameMoment.push({ turn, run });
    this.#turns.set(atMs, sameMoment);
    this.after(delayMs, () => {
      const first = sameMoment.reduce((lowest, deed) => (deed.turn < lowest.turn ? deed : lowest));
      sameMoment.splice(sameMoment.indexOf(first), 1);
      if (sameMoment.length === 0) this.#turns.delete(atMs);
      first.run();
    });
  }

  /** Runs everything due until `untilMs`, then stands there. */
  runUntil(untilMs: number): void {
    for (let due = this.#heap[0]; due !== undefined && due.atMs <= untilMs; due = this.#heap[0]) {
      this.#removeFirst();
      this.nowMs = due.atMs;
      due.run();
    }
    this.nowMs = untilMs;
  }

  #rise(due: Due): void {
    let index = this.#heap.length;
    while (index > 0) {
      const above = (index - 1) >> 1;
      const parent = this.#heap[above];
      if (parent === undefined || !isBefore(due, parent)) break;
      this.#heap[index] = parent;
      index = above;
    }
    this.#heap[index] = due;
  }

  #removeFirst(): void {
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return;
    let index = 0;
    for (;;) {
      const next = this.#earlierChildOf(index);
      const child = this.#heap[next];
      if (child === undefined || !isBefore(child, last)) break;
      this.#heap[index] = child;
      index = next;
    }
    this.#heap[index] = last;
  }

  #earlierChildOf(index: number): number {
    const left = this.#heap[2 * index + 1];
    const right = this.#heap[2 * index + 2];
    return left !== undefined && right !== undefined && isBefore(right, left) ? 2 * index + 2 : 2 * index + 1;
  }
}

function isBefore(one: Due, other: Due): boolean {
  return one.atMs === other.atMs ? one.order < other.order : one.atMs < other.atMs;
}
