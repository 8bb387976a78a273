/** A sequence whose next item can be looked at without taking it. */
export class Peekable<Item> {
  readonly #items: Iterator<Item, void>;
  #next: IteratorResult<Item, void> | null = null;

  constructor(items: Iterator<Item, void>) {
    this.#items = items;
  }

  peek(): Item | undefined {
    this.#next ??= this.#items.next();
    return this.#next.done === true ? undefined : this.#next.value;
  }

  take(): Item | undefined {
    const item = this.peek();
    if (item !== undefined) this.#next = null;
    return item;
  }
}
