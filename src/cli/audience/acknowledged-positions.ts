import { ACKNOWLEDGED_MAX, MOVES_MAX } from './audience-settings.js';
import { SeededRandom } from './seeded-random.js';

/** The requests whose acknowledged position is looked up in the log. */
export const RECORDED_KINDS = ['register', 'heartbeat', 'forward_report', 'capacity', 'leave'] as const;
export type RecordedKind = (typeof RECORDED_KINDS)[number];

/** One acknowledgement: the service said that this command of this peer is durable at this position. */
export type Acknowledged = Readonly<{
  position: number;
  kind: RecordedKind;
  peerId: string;
  /** The claim that was acknowledged; null for everything but `capacity`. */
  capacity: number | null;
}>;

/** A peer was told another parent than before; a decision between the two positions must say why. */
export type Move = Readonly<{
  peerId: string;
  formerParentId: string | null;
  parentId: string | null;
  /** The former place was the peer's at this position. */
  afterPosition: number;
  /** The new place is the peer's at this position. */
  position: number;
}>;

const ROWS_AT_FIRST = 16_384;
const NO_CAPACITY = -1;
/** Apart from the streams of the viewers, which count from 0. */
const SAMPLING_STREAM = -1;

/**
 * Everything that was acknowledged, in columns (21 bytes each) since there may be millions. Beyond `rowsMax` it
 * becomes a uniform sample of all, drawn with the run's seed.
 */
export class AcknowledgedPositions {
  #positions = new Float64Array(ROWS_AT_FIRST);
  #kinds = new Uint8Array(ROWS_AT_FIRST);
  #peers = new Uint32Array(ROWS_AT_FIRST);
  #capacities = new Float64Array(ROWS_AT_FIRST);
  #rows = 0;
  #seen = 0;
  readonly #peerIds: string[] = [];
  readonly #peerNumbers = new Map<string, number>();
  readonly #moves: Move[] = [];
  #movesDropped = 0;
  #firstPosition: number | null = null;
  readonly #random: SeededRandom;

  constructor(
    seed: number,
    private readonly rowsMax = ACKNOWLEDGED_MAX,
  ) {
    this.#random = new SeededRandom(seed, SAMPLING_STREAM);
  }

  /** How many were acknowledged in all. */
  get seen(): number {
    return this.#seen;
  }

  /** How many of them are kept. */
  get kept(): number {
    return this.#rows;
  }

  /** The lowest position that was acknowledged, kept or not; null when there was none. */
  get firstPosition(): number | null {
    return this.#firstPosition;
  }

  get moves(): readonly Move[] {
    return this.#moves;
  }

  get movesDropped(): number {
    return this.#movesDropped;
  }

  add({ position, kind, peerId, capacity }: Acknowledged): void {
    this.#seen += 1;
    this.#firstPosition = Math.min(this.#firstPosition ?? position, position);
    const row = this.#rows < this.rowsMax ? this.#rows++ : this.#random.below(this.#seen);
    if (row >= this.rowsMax) return;
    if (row >= this.#positions.length) this.#grow();
    this.#positions[row] = position;
    this.#kinds[row] = RECORDED_KINDS.indexOf(kind);
    this.#peers[row] = this.#peerNumber(peerId);
    this.#capacities[row] = capacity ?? NO_CAPACITY;
  }

  addMove(move: Move): void {
    if (this.#moves.length < MOVES_MAX) this.#moves.push(move);
    else this.#movesDropped += 1;
  }

  /** What is kept, by position. */
  *inOrder(): Generator<Acknowledged> {
    const rows = Uint32Array.from({ length: this.#rows }, (_, row) => row);
    rows.sort((a, b) => (this.#positions[a] ?? 0) - (this.#positions[b] ?? 0));
    for (const row of rows) yield this.#row(row);
  }

  #row(row: number): Acknowledged {
    const capacity = this.#capacities[row] ?? NO_CAPACITY;
    return {
      position: this.#positions[row] ?? 0,
      kind: RECORDED_KINDS[this.#kinds[row] ?? 0] ?? 'register',
      peerId: this.#peerIds[this.#peers[row] ?? 0] ?? '',
      capacity: capacity === NO_CAPACITY ? null : capacity,
    };
  }

  #peerNumber(peerId: string): number {
    const known = this.#peerNumbers.get(peerId);
    if (known !== undefined) return known;
    this.#peerNumbers.set(peerId, this.#peerIds.length);
    return this.#peerIds.push(peerId) - 1;
  }

  #grow(): void {
    const rows = Math.min(this.rowsMax, this.#positions.length * 2);
    this.#positions = copied(this.#positions, new Float64Array(rows));
    this.#kinds = copied(this.#kinds, new Uint8Array(rows));
    this.#peers = copied(this.#peers, new Uint32Array(rows));
    this.#capacities = copied(this.#capacities, new Float64Array(rows));
  }
}

function copied<Column extends Float64Array | Uint8Array | Uint32Array>(from: Column, to: Column): Column {
  to.set(from);
  return to;
}
