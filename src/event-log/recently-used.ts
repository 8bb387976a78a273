/** What a value takes beside its own bytes: its key, and objects around it. */
const BYTES_BESIDE = 512;

/** Values by key, of which those are kept that were asked for last, as many as fit into so many bytes; the newest always. */
export class RecentlyUsed<Value extends { readonly bytes: number }> {
  /** The one used last stands last. */
  readonly #kept = new Map<string, Value>();
  #bytes = 0;

  constructor(private readonly bytesMax: number) {}

  /** What is kept at present. */
  get bytes(): number {
    return this.#bytes;
  }

  get(key: string): Value | undefined {
    const value = this.#kept.get(key);
    if (value === undefined) return undefined;
    this.#kept.delete(key);
    this.#kept.set(key, value);
    return value;
  }

  /** Keeps a value in place of the one it had, and lets go of those that were not asked for longest. */
  set(key: string, value: Value): void {
    this.#forget(key);
    this.#kept.set(key, value);
    this.#bytes += value.bytes + BYTES_BESIDE;
    for (const oldest of this.#kept.keys()) {
      if (this.#bytes <= this.bytesMax || oldest === key) return;
      this.#forget(oldest);
    }
  }

  clear(): void {
    this.#kept.clear();
    this.#bytes = 0;
  }

  #forget(key: string): void {
    const value = this.#kept.get(key);
    if (value === undefined) return;
    this.#bytes -= value.bytes + BYTES_BESIDE;
    this.#kept.delete(key);
  }
}
