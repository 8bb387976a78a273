const ROOTS_MAX = 3;
const CHILDREN_MAX = 3;

export type FakePeer = { peerId: string; capacity: number; parent: FakePeer | null; token: string; joinedAt: number };
export type FakeEvent = {
  track: string;
  position: number;
  type: string;
  version: 1;
  recorded_at: number;
  peer_id: string;
  [field: string]: unknown;
};
export type FakeAssignment = Record<string, unknown> & { position: number };

/**
 * A relay tree as small as honesty allows: three roots, then the earliest peer with a free slot that does not stand
 * below the one to place; a peer without a slot waits. Everything it does is an event.
 */
export class FakeTopology {
  readonly log: FakeEvent[] = [];
  readonly peers = new Map<string, FakePeer>();

  constructor(readonly track: string) {}

  get head(): number {
    return this.log.length;
  }

  record(type: string, peerId: string, fields: object = {}): number {
    const position = this.log.length + 1;
    const stamp = { track: this.track, position, type, version: 1, recorded_at: 1_700_000_000_000 + position } as const;
    this.log.push({ ...stamp, peer_id: peerId, ...fields });
    return position;
  }

  /** @returns the peers whose place may have changed. */
  join(peerId: string, capacity: number, token: string): FakePeer[] {
    const position = this.record('PeerJoined', peerId, { capacity });
    const peer: FakePeer = { peerId, capacity, parent: null, token, joinedAt: position };
    this.peers.set(peerId, peer);
    return [...this.#place(peer, position), ...this.#placeWaiting(position)];
  }

  claim(peer: FakePeer, capacity: number): FakePeer[] {
    if (peer.capacity === capacity) return [];
    const position = this.record('CapacityClaimed', peer.peerId, { capacity });
    peer.capacity = capacity;
    const shed = this.childrenOf(peer).slice(slotsOf(peer));
    return [...shed.flatMap((child) => this.#orphan(child, position)), ...this.#placeWaiting(position)];
  }

  leave(peer: FakePeer): FakePeer[] {
    const position = this.record('PeerLeft', peer.peerId, { cause: 'left' });
    const children = this.childrenOf(peer);
    this.peers.delete(peer.peerId);
    this.#roots.delete(peer);
    const moved = children.flatMap((child) => this.#orphan(child, position));
    return [...moved, ...this.#placeWaiting(position)];
  }

  childrenOf(peer: FakePeer): FakePeer[] {
    return [...this.peers.values()].filter((other) => other.parent === peer);
  }

  assignmentOf(peer: FakePeer): FakeAssignment {
    const depth = this.#depthOf(peer);
    const isLeaf = this.childrenOf(peer).length === 0;
    const role = depth === null ? 'Waiting' : depth === 0 ? 'Root' : isLeaf ? 'Leaf' : 'Relay';
    const parentId = peer.parent?.peerId ?? null;
    const rest = { cause: role === 'Waiting' ? null : 'joined', plan: null, ice_servers: [], position: this.head };
    return { peer_id: peer.peerId, role, parent_id: parentId, depth, ...rest };
  }

  readonly #roots = new Set<FakePeer>();

  #depthOf(peer: FakePeer): number | null {
    if (this.#roots.has(peer)) return 0;
    if (peer.parent === null) return null;
    const depth = this.#depthOf(peer.parent);
    return depth === null ? null : depth + 1;
  }

  #orphan(child: FakePeer, causedBy: number): FakePeer[] {
    child.parent = null;
    return this.#place(child, causedBy);
  }

  #place(peer: FakePeer, causedBy: number): FakePeer[] {
    if (this.#roots.size < ROOTS_MAX) this.#roots.add(peer);
    else peer.parent = [...this.peers.values()].find((other) => this.#canServe(other, peer)) ?? null;
    const isPlaced = this.#roots.has(peer) || peer.parent !== null;
    const parentId = peer.parent?.peerId ?? null;
    if (isPlaced)
      this.record('ParentAssigned', peer.peerId, { parent_id: parentId, caused_by: causedBy, cause: 'joined' });
    else this.record('PeerWaiting', peer.peerId, { caused_by: causedBy });
    return [peer, ...this.#below(peer), ...(peer.parent === null ? [] : [peer.parent])];
  }

  #placeWaiting(causedBy: number): FakePeer[] {
    const waiting = [...this.peers.values()].filter((peer) => peer.parent === null && !this.#roots.has(peer));
    const placeable = waiting.filter((peer) => this.#hasSlotFor(peer));
    return placeable.flatMap((peer) => (this.#hasSlotFor(peer) ? this.#place(peer, causedBy) : []));
  }

  #hasSlotFor(peer: FakePeer): boolean {
    return this.#roots.size < ROOTS_MAX || [...this.peers.values()].some((other) => this.#canServe(other, peer));
  }

  #canServe(server: FakePeer, peer: FakePeer): boolean {
    if (server === peer || this.#depthOf(server) === null) return false;
    return this.childrenOf(server).length < slotsOf(server);
  }

  #below(peer: FakePeer): FakePeer[] {
    return this.childrenOf(peer).flatMap((child) => [child, ...this.#below(child)]);
  }
}

function slotsOf(peer: FakePeer): number {
  return Math.min(CHILDREN_MAX, peer.capacity);
}
