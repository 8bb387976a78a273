import type { PeerNode } from './peer-node.js';

/** Peers a chunk takes at most: little enough to shift, enough that a hundred thousand peers are few thousand chunks. */
const CHUNK_PEERS_MAX = 64;

/**
 * Peers in order of joining, any one of which can be added or taken out: a list of short sorted lists. Whoever joins last is added at the
 * end and whoever has waited longest is taken from the front, which is what placement does almost always; everything else
 * costs two binary searches.
 *
 * Numbers stand beside the peers, so that a search reads a few lines of memory and not a peer for each step: in a heap of 100,000 peers
 * those reads were most of a join.
 */
export class PeersByJoin {
  /** Ascending, none empty. */
  readonly #chunks: Chunk[] = [];
  #size = 0;

  static of(members: Iterable<PeerNode>): PeersByJoin {
    const peers = new PeersByJoin();
    for (const peer of members) peers.add(peer);
    return peers;
  }

  get size(): number {
    return this.#size;
  }

  /** The earliest join. */
  first(): PeerNode | null {
    return this.#chunks[0]?.peers[0] ?? null;
  }

  /** The latest join. */
  last(): PeerNode | null {
    return this.#chunks.at(-1)?.peers.at(-1) ?? null;
  }

  has(peer: PeerNode): boolean {
    const chunk = this.#chunks[this.#chunkFor(peer.number)];
    return chunk?.numbers[placeOf(chunk.numbers, peer.number)] === peer.number;
  }

  /** The peer must not be inside. */
  add(peer: PeerNode): void {
    if (this.#append(peer)) return;
    const index = this.#chunkFor(peer.number);
    const chunk = this.#chunks[index];
    this.#size += 1;
    if (chunk === undefined) {
      this.#chunks.push({ numbers: [peer.number], peers: [peer] });
      return;
    }
    const place = placeOf(chunk.numbers, peer.number);
    insertAt(chunk.numbers, place, peer.number);
    insertAt(chunk.peers, place, peer);
    if (chunk.numbers.length > CHUNK_PEERS_MAX) this.#split(index, chunk);
  }

  /** Without effect for a peer that is not inside. */
  remove(peer: PeerNode): void {
    const index = this.#chunkFor(peer.number);
    const chunk = this.#chunks[index];
    if (chunk === undefined) return;
    const place = placeOf(chunk.numbers, peer.number);
    if (chunk.numbers[place] !== peer.number) return;
    this.#size -= 1;
    removeAt(chunk.numbers, place);
    removeAt(chunk.peers, place);
    this.#mergeWithNext(index, chunk);
  }

  /** The last chunk that begins at or before the number; the first one when none does. Most are looked for at either end. */
  #chunkFor(number: number): number {
    let [from, to] = [0, this.#chunks.length - 1];
    if ((this.#chunks[to]?.numbers[0] ?? 0) <= number) return Math.max(to, 0);
    if ((this.#chunks[1]?.numbers[0] ?? 0) > number) return 0;
    while (from < to) {
      const middle = (from + to + 1) >> 1;
      if ((this.#chunks[middle]?.numbers[0] ?? 0) <= number) from = middle;
      else to = middle - 1;
    }
    return from;
  }

  /** Whoever comes last goes to the end without a search: so does everybody when an index is filled in order of joining. */
  #append(peer: PeerNode): boolean {
    const chunk = this.#chunks[this.#chunks.length - 1];
    if (chunk === undefined || peer.number < (chunk.numbers[chunk.numbers.length - 1] ?? 0)) return false;
    this.#size += 1;
    if (chunk.numbers.length === CHUNK_PEERS_MAX) {
      this.#chunks.push({ numbers: [peer.number], peers: [peer] });
      return true;
    }
    chunk.numbers.push(peer.number);
    chunk.peers.push(peer);
    return true;
  }

  #split(index: number, chunk: Chunk): void {
    const half = chunk.numbers.length >> 1;
    this.#chunks.splice(index + 1, 0, { numbers: chunk.numbers.splice(half), peers: chunk.peers.splice(half) });
  }

  /** Peers leave from everywhere; without this their chunks would stay behind with one or two each. */
  #mergeWithNext(index: number, chunk: Chunk): void {
    if (chunk.numbers.length === 0) {
      this.#chunks.splice(index, 1);
      return;
    }
    const next = this.#chunks[index + 1];
    if (next === undefined || chunk.numbers.length + next.numbers.length > CHUNK_PEERS_MAX / 2) return;
    chunk.numbers.push(...next.numbers);
    chunk.peers.push(...next.peers);
    this.#chunks.splice(index + 1, 1);
  }
}

interface Chunk {
  readonly numbers: number[];
  readonly peers: PeerNode[];
}

/** Where the number stands, or would stand. */
function placeOf(numbers: readonly number[], number: number): number {
  let [from, to] = [0, numbers.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((numbers[middle] ?? 0) < number) from = middle + 1;
    else to = middle;
  }
  return from;
}

/** By hand: `splice` makes an array of what it takes out, which costs more than shifting so few. */
function insertAt<Item>(items: Item[], place: number, item: Item): void {
  let above = item;
  for (let index = place; index < items.length; index += 1) {
    const here = items[index] as Item;
    items[index] = above;
    above = here;
  }
  items.push(above);
}

function removeAt(items: unknown[], place: number): void {
  for (let index = place + 1; index < items.length; index += 1) items[index - 1] = items[index];
  items.pop();
}
