import type { Position } from '../domain/ids.js';
import { type CheckedPage, COLUMN, endOfEventPage, type EventPage, type Unusual } from './event-page.js';
import { copyOfRow, NAME_DIGEST_BYTES, TOPOLOGY_ROW_CODEC, typeCode, type TopologyRow } from './topology-row.js';

const PEER_JOINED = typeCode('PeerJoined');
/** Stands for a digest that is there and was not read. */
const DIGEST_NOT_READ = new Uint8Array(NAME_DIGEST_BYTES);

/**
 * The rows of a page, in order; of a name digest only the length is right. Whoever goes through them is shown one object, which says what
 * stands in the row it has come to: a type of event has few of the columns, and objects of whole rows were much of what a replay left to be
 * collected. So a row is not to be kept; `copies` are.
 */
export class PageRows implements Iterable<TopologyRow> {
  constructor(private readonly page: EventPage & Partial<CheckedPage>) {}

  /** Whether it is known that `faultOfRow` finds nothing in any of them. */
  get areSound(): boolean {
    return this.page.isSound === true;
  }

  /** Position of the last row; null without any. */
  get last(): Position | null {
    const { count, numbers } = this.page;
    return numbers[count - 1] ?? null;
  }

  /** Where the page ends that another one may follow; null for the last one. */
  get end(): Position | null {
    return endOfEventPage(this.page);
  }

  [Symbol.iterator](): Iterator<TopologyRow, undefined> {
    const { count } = this.page;
    const row = new RowOfPage(this.page);
    const found = { done: false, value: row } as const;
    let next = 0;
    return {
      next(): IteratorResult<TopologyRow, undefined> {
        if (next === count) return { done: true, value: undefined };
        row.moveTo(next++);
        return found;
      },
    };
  }

  copies(): TopologyRow[] {
    return Array.from(this, copyOfRow);
  }
}

/** One row of a page after the other. */
export class RowOfPage implements TopologyRow {
  readonly #numbers: Float64Array;
  readonly #count: number;
  readonly #unusual: readonly Unusual[];
  #index = 0;
  #passed = 0;
  #says: Unusual | undefined;

  constructor({ count, numbers, unusual }: EventPage) {
    this.#numbers = numbers;
    this.#count = count;
    this.#unusual = unusual;
  }

  /** Rows must be visited in order. */
  moveTo(index: number): void {
    this.#index = index;
    this.#says = this.#unusual[this.#passed]?.[0] === this.position ? this.#unusual[this.#passed++] : undefined;
  }

  get position(): number {
    return this.#numbers[this.#index] ?? 0;
  }

  get recordedAt(): number {
    return this.#number(COLUMN.recordedAt);
  }

  get type(): number {
    return this.#number(COLUMN.type);
  }

  get version(): number {
    return this.#says === undefined ? 1 : this.#says[1];
  }

  get codec(): number {
    return this.#says === undefined ? TOPOLOGY_ROW_CODEC : this.#says[2];
  }

  get peer(): number | null {
    return this.#numberOrNull(COLUMN.peer);
  }

  get parent(): number | null {
    return this.#numberOrNull(COLUMN.parent);
  }

  get formerParent(): number | null {
    return this.#numberOrNull(COLUMN.formerParent);
  }

  get causedBy(): number | null {
    return this.#numberOrNull(COLUMN.causedBy);
  }

  get cause(): number | null {
    return this.#numberOrNull(COLUMN.cause);
  }

  get amount(): number | null {
    return this.#numberOrNull(COLUMN.amount);
  }

  get depth(): number | null {
    return this.#numberOrNull(COLUMN.depth);
  }

  get nameDigest(): Uint8Array | null {
    if (this.#says !== undefined) return digestOfLength(this.#says[3]);
    return this.type === PEER_JOINED ? DIGEST_NOT_READ : null;
  }

  get detail(): string | null {
    return this.#says === undefined ? null : this.#says[4];
  }

  #number(column: number): number {
    return this.#numbers[column * this.#count + this.#index] ?? 0;
  }

  #numberOrNull(column: number): number | null {
    const number = this.#numbers[column * this.#count + this.#index] ?? NaN;
    return Number.isNaN(number) ? null : number;
  }
}

/** What stands for a digest of which only the length was read. */
function digestOfLength(length: number | null): Uint8Array | null {
  if (length === null) return null;
  return length === NAME_DIGEST_BYTES ? DIGEST_NOT_READ : new Uint8Array(length);
}
