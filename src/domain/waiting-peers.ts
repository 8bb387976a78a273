import { PeerHeap } from './peer-heap.js';
import type { PeerNode } from './peer-node.js';
import { waitsBefore } from './peer-order.js';

/** The tops of waiting subtrees: in the order in which they are to get slots, and by what each could give in return for one. */
export class WaitingPeers {
  readonly #byTurn = new PeerHeap('queue', waitsBefore);
  readonly #bySpare = new PeerHeap('spare', sparesMore);

  get size(): number {
    return this.#byTurn.size;
  }

  /** Peers with children or capacity before pure viewers, then in order of joining. */
  first(): PeerNode | null {
    return this.#byTurn.first();
  }

  /** Whoever has most room for further children, then the earlier join. When no swap helps this one, none helps any other. */
  mostSpare(): PeerNode | null {
    return this.#bySpare.first();
  }

  members(): readonly PeerNode[] {
    return this.#byTurn.members();
  }

  add(peer: PeerNode): void {
    this.#byTurn.add(peer);
    this.#bySpare.add(peer);
  }

  remove(peer: PeerNode): void {
    this.#byTurn.remove(peer);
    this.#bySpare.remove(peer);
  }
}

function sparesMore(one: PeerNode, other: PeerNode): boolean {
  const [spare, otherSpare] = [spareOf(one), spareOf(other)];
  return spare === otherSpare ? one.number < other.number : spare > otherSpare;
}

function spareOf({ effectiveCapacity, children }: PeerNode): number {
  return effectiveCapacity - children.length;
}
