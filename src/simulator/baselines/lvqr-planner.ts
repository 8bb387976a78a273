import { createHash } from 'node:crypto';
import type { TopologyCommand } from '../../domain/commands.js';
import type { TrackSettings } from '../../domain/events.js';
import { ORIGIN, type PeerNumber } from '../../domain/ids.js';
import type { Direction, Planner, PushedPlan } from '../planner.js';

interface Member {
  readonly number: PeerNumber;
  readonly capacity: number;
  /** `ORIGIN` for a root; null for an orphan nobody wanted. */
  parent: PeerNumber | null;
  /** What the planner believes, which goes stale below a peer that moved. */
  depth: number;
  readonly children: Set<PeerNumber>;
}

const NO_PLANS: ReadonlyMap<PeerNumber, PushedPlan> = new Map();

/**
 * The placement of LVQR as it is, unrepaired, written from the description of its behaviour: a baseline that shows operators what they
 * leave. Roots until the root count was reached once; then the shallowest peer with a free slot, ties to the fewest children,
 * then the earliest join.
 *
 * The defects are the point of it. An orphan can become its own parent or its descendant's child; depths of a moved subtree go
 * stale and the depth limit is not applied to it; orphans are never told their new parent, and one for whom there is none stays
 * without for good; a freed root slot is never refilled; who is refused stays refused.
 */
export class LvqrPlanner implements Planner {
  readonly pushesPlans = false;
  readonly tenureMs = null;
  readonly violations = null;
  readonly #members = new Map<PeerNumber, Member>();
  /** Who has a free slot, by believed depth and number of children; in order of joining. */
  readonly #slots: ((PeerNumber[] | undefined)[] | undefined)[] = [];
  #directions: Direction[] = [];
  #numbers = 0;
  #rootsEver = 0;

  constructor(private readonly settings: TrackSettings) {}

  submit(command: TopologyCommand): PeerNumber | null {
    switch (command.type) {
      case 'Join':
        return this.#join(Math.min(command.capacity ?? this.settings.maxChildren, this.settings.maxChildren));
      case 'Leave':
      case 'Expire':
        this.#remove(command.peer);
        return command.peer;
      default:
        return null;
    }
  }

  takeDirections(): Iterable<Direction> {
    const given = this.#directions;
    this.#directions = [];
    return given;
  }

  childrenOf(peer: PeerNumber): readonly PeerNumber[] {
    return [...(this.#members.get(peer)?.children ?? [])];
  }

  plansBelow(): ReadonlyMap<PeerNumber, PushedPlan> {
    return NO_PLANS;
  }

  visitDepths(visit: (depth: number) => void): void {
    for (const member of this.#members.values()) {
      const depth = this.#trueDepth(member);
      if (depth !== null) visit(depth);
    }
  }

  /** Peers that are over the depth limit, that believe a wrong depth, or that no way leads to. */
  countViolations(): number {
    let violations = 0;
    for (const member of this.#members.values()) {
      const depth = this.#trueDepth(member);
      if (depth === null || depth !== member.depth || depth > this.settings.maxDepth) violations += 1;
    }
    return violations;
  }

  /** Peers whose parents, followed upwards, lead back to themselves or to each other. */
  countInCycles(): number {
    let caught = 0;
    for (const member of this.#members.values()) if (this.#wayUp(member) === 'cycle') caught += 1;
    return caught;
  }

  stateHash(): string {
    const hash = createHash('sha256');
    for (const { number, parent, depth } of this.#members.values())
      hash.update(`${String(number)} ${String(parent)} ${String(depth)}\n`);
    return hash.digest('hex');
  }

  #join(capacity: number): PeerNumber {
    this.#numbers += 1;
    const peer = this.#numbers;
    const parent = this.#rootsEver < this.settings.rootPeerCount ? ORIGIN : (this.#bestSlot()?.number ?? null);
    if (parent === ORIGIN) this.#rootsEver += 1;
    if (parent !== null) {
      const member: Member = { number: peer, capacity, parent: null, depth: 0, children: new Set() };
      this.#members.set(peer, member);
      this.#attach(member, parent);
      this.#list(member);
      this.#directions.push({ peer, parent, cause: 'joined' });
    } else this.#directions.push({ peer, parent: null, cause: 'waiting' });
    return peer;
  }

  /** The departed peer's own slot goes; its children look for new parents one after the other, still listed as candidates themselves. */
  #remove(peer: PeerNumber): void {
    const gone = this.#members.get(peer);
    if (gone === undefined) return;
    this.#unlist(gone);
    this.#members.delete(peer);
    const parent = this.#members.get(gone.parent ?? ORIGIN);
    if (parent !== undefined) this.#changeChildren(parent, () => parent.children.delete(peer));
    const orphans = [...gone.children].flatMap((child) => this.#members.get(child) ?? []);
    for (const orphan of orphans) orphan.parent = null;
    for (const orphan of orphans) {
      const slot = this.#bestSlot();
      if (slot === null) continue;
      this.#unlist(orphan);
      this.#attach(orphan, slot.number);
      this.#list(orphan);
    }
  }

  #attach(member: Member, number: PeerNumber): void {
    const parent = this.#members.get(number);
    member.parent = number;
    member.depth = parent === undefined ? 0 : parent.depth + 1;
    if (parent === member) member.children.add(member.number);
    else if (parent !== undefined) this.#changeChildren(parent, () => parent.children.add(member.number));
  }

  #bestSlot(): Member | null {
    for (const byChildren of this.#slots) {
      for (const listed of byChildren ?? []) {
        const first = listed?.[0];
        if (first !== undefined) return this.#members.get(first) ?? null;
      }
    }
    return null;
  }

  #changeChildren(parent: Member, change: () => void): void {
    this.#unlist(parent);
    change();
    this.#list(parent);
  }

  #list(member: Member): void {
    if (!this.#offersSlot(member)) return;
    const listed = ((this.#slots[member.depth] ??= [])[member.children.size] ??= []);
    listed.splice(placeOf(listed, member.number), 0, member.number);
  }

  #unlist(member: Member): void {
    const listed = this.#offersSlot(member) ? this.#slots[member.depth]?.[member.children.size] : undefined;
    const place = listed === undefined ? -1 : placeOf(listed, member.number);
    if (listed?.[place] === member.number) listed.splice(place, 1);
  }

  #offersSlot({ children, capacity, depth }: Member): boolean {
    return children.size < capacity && depth < this.settings.maxDepth;
  }

  #trueDepth(member: Member): number | null {
    const way = this.#wayUp(member);
    return typeof way === 'number' ? way : null;
  }

  #wayUp(member: Member): number | 'cycle' | 'stranded' {
    let at = member;
    for (let depth = 0; depth <= this.#members.size; depth += 1) {
      if (at.parent === ORIGIN) return depth;
      const parent = at.parent === null ? undefined : this.#members.get(at.parent);
      if (parent === undefined) return 'stranded';
      at = parent;
    }
    return 'cycle';
  }
}

/** Where the number stands, or would stand, in an ascending list. */
function placeOf(ascending: readonly PeerNumber[], number: PeerNumber): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ascending[middle] ?? 0) < number) low = middle + 1;
    else high = middle;
  }
  return low;
}
