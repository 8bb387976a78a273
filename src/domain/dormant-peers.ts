import { placeIn } from './ascending-numbers.js';
import type { PeerNumber } from './ids.js';
import type { PeerLiveness } from './peer-liveness.js';

/** What a liveness knew of its peers, one column for each field, from the most silent on; NaN is null. */
export interface LivenessColumns {
  readonly peers: Float64Array;
  readonly lastHeardAt: Float64Array;
  readonly lastHeartbeatAt: Float64Array;
  readonly forwardedFrames: Float64Array;
  readonly receivedFrames: Float64Array;
  /** 1 or 0. */
  readonly connected: Float64Array;
  readonly parents: Float64Array;
  /** Moments that are 0 in the liveness are NaN here. */
  readonly parentSince: Float64Array;
  readonly reportedAt: Float64Array;
  readonly flowedAt: Float64Array;
  readonly flowingSince: Float64Array;
  readonly complainedAt: Float64Array;
  readonly turnedTo: Float64Array;
  /** The peers again, ascending by number, and the row of each: made by `rowsByNumber`, where there is time for it. */
  readonly ascending: Float64Array;
  readonly rows: Uint32Array;
}

/** @returns the peers in ascending order, and in which row of `peers` each of them stands. */
export function rowsByNumber(peers: Float64Array): Pick<LivenessColumns, 'ascending' | 'rows'> {
  const ascending = peers.slice().sort();
  const rows = new Uint32Array(peers.length);
  peers.forEach((peer, row) => {
    rows[placeIn(ascending, peer)] = row;
  });
  return { ascending, rows };
}

/**
 * Peers of an earlier liveness who have not been heard since, from the most silent on. Each is made an object when somebody asks for it:
 * making 100,000 of them at once was a tenth of a start, and their collection as much again.
 */
export class DormantPeers {
  readonly #columns: LivenessColumns;
  /** Rows of those who were heard since, or have gone. */
  readonly #left: Uint8Array;
  /** Before this row everybody has left. */
  #first = 0;
  #size: number;

  /** @param columns must not be changed any more. */
  constructor(columns: LivenessColumns) {
    this.#columns = columns;
    this.#size = columns.peers.length;
    this.#left = new Uint8Array(this.#size);
  }

  get size(): number {
    return this.#size;
  }

  /** Numbers from the most silent on. Whoever leaves meanwhile is passed over. */
  *numbers(): IterableIterator<PeerNumber> {
    const { peers } = this.#columns;
    for (let row = this.#first; row < peers.length; row += 1) if (this.#left[row] === 0) yield peers[row] ?? 0;
  }

  /** Null when everybody has left. */
  mostSilent(): PeerNumber | null {
    if (this.#size === 0) return null;
    while (this.#left[this.#first] === 1) this.#first += 1;
    return this.#columns.peers[this.#first] ?? null;
  }

  /** @returns false when the peer is not among them, or has left already. */
  leave(peer: PeerNumber): boolean {
    const row = this.#rowOf(peer);
    if (row === null) return false;
    this.#left[row] = 1;
    this.#size -= 1;
    return true;
  }

  /** Makes the object of a peer, unlinked; null when the peer is not among them. Each call makes another one. */
  made(peer: PeerNumber): PeerLiveness | null {
    const row = this.#rowOf(peer);
    if (row === null) return null;
    const from = this.#columns;
    return {
      peer,
      lastHeardAt: from.lastHeardAt[row] ?? 0,
      lastHeartbeatAt: nullable(from.lastHeartbeatAt[row]),
      forwardedFrames: from.forwardedFrames[row] ?? 0,
      receivedFrames: nullable(from.receivedFrames[row]),
      connected: from.connected[row] === 1,
      parent: nullable(from.parents[row]),
      parentSince: nullable(from.parentSince[row]) ?? 0,
      reportedAt: nullable(from.reportedAt[row]),
      flowedAt: nullable(from.flowedAt[row]) ?? 0,
      flowingSince: nullable(from.flowingSince[row]),
      complainedAt: nullable(from.complainedAt[row]),
      turnedTo: nullable(from.turnedTo[row]),
      longerSilent: null,
      shorterSilent: null,
    };
  }

  #rowOf(peer: PeerNumber): number | null {
    const { ascending, rows } = this.#columns;
    const place = placeIn(ascending, peer);
    const row = rows[place] ?? 0;
    return ascending[place] === peer && this.#left[row] === 0 ? row : null;
  }
}

function nullable(value: number | undefined): number | null {
  return value === undefined || Number.isNaN(value) ? null : value;
}
