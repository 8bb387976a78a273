/** Limits of the track that is planned. */
export interface ScanLimits {
  readonly rootPeerCount: number;
  readonly maxChildren: number;
  readonly maxDepth: number;
}

/** What the planner knows of one peer. */
interface ScannedPeer {
  readonly name: number;
  /** Order of joining. */
  readonly serial: number;
  capacity: number;
  /** Null when it has none. */
  parent: ScannedPeer | 'origin' | null;
  /** In order of joining. */
  children: ScannedPeer[];
  /** Hops from the roots; null while the origin is not reached. */
  depth: number | null;
}

/**
 * The policy `shallowest` by the plainest means: each choice looks at all the peers there are. Written from the rules
 * alone, it shares no code with the service: tests compare the two, and the benchmark shows what an index is worth.
 */
export class LinearScanPlanner {
  readonly #peers = new Map<number, ScannedPeer>();
  #orphans: ScannedPeer[] = [];
  #waiting: ScannedPeer[] = [];
  #roots = 0;
  #joins = 0;

  constructor(private readonly limits: ScanLimits) {}

  get size(): number {
    return this.#peers.size;
  }

  /** The name of the peer's parent, `origin`, or `waiting` when it has none. */
  parentOf(name: number): number | 'origin' | 'waiting' {
    const { parent } = this.#peer(name);
    if (parent === null) return 'waiting';
    return parent === 'origin' ? parent : parent.name;
  }

  join(name: number, claim: number | null): void {
    this.#joins += 1;
    const capacity = this.#effective(claim);
    const peer = { name, serial: this.#joins, capacity, parent: null, children: [], depth: null };
    this.#peers.set(name, peer);
    this.#orphans.push(peer);
    this.#settle();
  }

  /** A leave, a timeout and a kick are one to the planner. */
  depart(name: number): void {
    const peer = this.#peer(name);
    this.#detach(peer);
    this.#peers.delete(name);
    this.#orphans = this.#orphans.filter((orphan) => orphan !== peer);
    this.#waiting = this.#waiting.filter((other) => other !== peer);
    for (const child of [...peer.children]) this.#bereave(child);
    this.#settle();
  }

  claim(name: number, claim: number | null): void {
    const peer = this.#peer(name);
    peer.capacity = this.#effective(claim);
    for (const child of peer.children.slice(peer.capacity)) this.#bereave(child);
    this.#settle();
  }

  /** Everyone who lost a parent or is new is placed or waits; then the waiting come, as long as there are slots. */
  #settle(): void {
    this.#placeOrphans();
    while (this.#waiting.length > 0) {
      const slot = this.#findSlot();
      if (slot === null) return;
      this.#attach(takeFirst(this.#waiting, waitingKey), slot);
      this.#placeOrphans();
    }
  }

  #placeOrphans(): void {
    while (this.#orphans.length > 0) {
      const slot = this.#findSlot();
      const orphan = takeFirst(this.#orphans, orphanKey);
      if (slot === null) this.#waiting.push(orphan);
      else this.#attach(orphan, slot);
    }
  }

  /** Roots while a root slot is free; else the shallowest, then the fewest children, then the earliest. */
  #findSlot(): ScannedPeer | 'origin' | null {
    if (this.#roots < this.limits.rootPeerCount) return 'origin';
    let best: ScannedPeer | null = null;
    for (const peer of this.#peers.values()) {
      if (peer.depth === null || peer.depth >= this.limits.maxDepth || peer.children.length >= peer.capacity) continue;
      if (best === null || precedes(slotKey(peer), slotKey(best))) best = peer;
    }
    return best;
  }

  #attach(peer: ScannedPeer, parent: ScannedPeer | 'origin'): void {
    peer.parent = parent;
    if (parent === 'origin') this.#roots += 1;
    else parent.children = [...parent.children, peer].sort((one, other) => one.serial - other.serial);
    this.#setDepth(peer, parent === 'origin' ? 0 : (parent.depth ?? 0) + 1);
  }

  /** The subtree moves as it is; what would stand too deep loses its parent, and takes along what hangs below. */
  #setDepth(peer: ScannedPeer, depth: number): void {
    peer.depth = depth;
    for (const child of [...peer.children])
      if (depth < this.limits.maxDepth) this.#setDepth(child, depth + 1);
      else this.#bereave(child);
  }

  #bereave(peer: ScannedPeer): void {
    this.#detach(peer);
    this.#orphans.push(peer);
  }

  #detach(peer: ScannedPeer): void {
    const { parent } = peer;
    if (parent === 'origin') this.#roots -= 1;
    else if (parent !== null) parent.children = parent.children.filter((child) => child !== peer);
    peer.parent = null;
    unfeed(peer);
  }

  #effective(claim: number | null): number {
    return Math.min(claim ?? this.limits.maxChildren, this.limits.maxChildren);
  }

  #peer(name: number): ScannedPeer {
    const peer = this.#peers.get(name);
    if (peer === undefined) throw new Error(`no peer ${String(name)}`);
    return peer;
  }
}

/** What comes first has the smaller key, compared from left to right. */
type Key = readonly [number, number, number];

const slotKey = (peer: ScannedPeer): Key => [peer.depth ?? 0, peer.children.length, peer.serial];
const orphanKey = (peer: ScannedPeer): Key => [peer.capacity > 0 ? 0 : 1, -sizeOf(peer), peer.serial];
const waitingKey = (peer: ScannedPeer): Key => [peer.capacity > 0 || peer.children.length > 0 ? 0 : 1, peer.serial, 0];

function precedes(one: Key, other: Key): boolean {
  if (one[0] !== other[0]) return one[0] < other[0];
  if (one[1] !== other[1]) return one[1] < other[1];
  return one[2] < other[2];
}

function takeFirst(peers: ScannedPeer[], keyOf: (peer: ScannedPeer) => Key): ScannedPeer {
  let first = 0;
  peers.forEach((peer, index) => {
    const leader = peers[first];
    if (leader !== undefined && precedes(keyOf(peer), keyOf(leader))) first = index;
  });
  const [taken] = peers.splice(first, 1);
  if (taken === undefined) throw new Error('nobody to take');
  return taken;
}

function sizeOf(top: ScannedPeer): number {
  return top.children.reduce((size, child) => size + sizeOf(child), 1);
}

function unfeed(top: ScannedPeer): void {
  top.depth = null;
  for (const child of top.children) unfeed(child);
}
