import { CorruptLogError } from '../domain/errors.js';
import type { RecordedTopologyEvent, TrackSettings } from '../domain/events.js';
import { evolve } from '../domain/evolve.js';
import { ORIGIN, type PeerNumber, type Position } from '../domain/ids.js';
import type { PeerNode } from '../domain/peer-node.js';
import { RelayTree } from '../domain/relay-tree.js';
import { type Branch, branchAt, type PeerRecords } from './branch.js';

/** Peers that are followed with all that happens to them, before those are let go that are no longer above anybody of interest. */
const FOLLOWED_MAX = 64;

/** Of a peer that is only there to take a slot. */
const UNKNOWN = { claim: null, suspected: false, revoked: false };

type Assignment = Extract<RecordedTopologyEvent, { type: 'ParentAssigned' }>;

/**
 * The part of a relay tree that one peer can notice: itself, those above it, and the children of each of them. It changes as the whole tree
 * would, by the same reducer; only what happens elsewhere is never read. The events it is given must be those about the track itself, and those
 * that name a peer of `followed`, in order of position.
 */
export class Lineage {
  /** Its policy has no indexes: nothing is ever decided here. */
  readonly tree = new RelayTree();
  /** Those whose events must be given: the peer and everyone above it, and some that were so before. */
  readonly followed = new Set<PeerNumber>();
  #subject: PeerNumber | null = null;

  constructor(private readonly records: PeerRecords) {}

  /** Puts rules in force, as they were at a moment when nobody of interest was there yet. */
  open(settings: TrackSettings | null): void {
    if (settings !== null) this.tree.open(settings, null);
  }

  /** Puts the peer in as it stood at a position, with all above it; nothing when it was not there. */
  enter(subject: PeerNumber, position: Position): void {
    if (branchAt(this.records, subject, position) === null) return;
    this.#subject = subject;
    let top = this.#bringIn(subject, position);
    while (top.parent !== null) top = top.parent;
    this.tree.position = position;
    if (branchAt(this.records, top.number, position)?.isWaiting !== true) return;
    this.tree.displace(top, 'orphaned');
    this.tree.wait(top);
  }

  /**
   * Applies an event, as far as it matters here.
   *
   * @param isOwn whether it is about the peer itself.
   * @throws CorruptLogError when it cannot follow from what is before it.
   */
  apply(event: RecordedTopologyEvent, isOwn: boolean): void {
    switch (event.type) {
      case 'TrackOpened':
        this.tree.open(event.settings, null);
        return;
      case 'TrackConfigured':
        this.tree.configure(event.settings, null);
        return;
      case 'TrackClosed':
        this.#clear();
        this.tree.close();
        return;
      case 'PeerJoined':
        if (isOwn) this.#begin(event);
        return;
      case 'PeerLeft':
      case 'PeerTimedOut':
      case 'PeerKicked':
        if (this.tree.peer(event.peer) !== null) this.#depart(event, isOwn);
        return;
      case 'ParentAssigned':
        this.#assign(event);
        return;
      case 'PeerWaiting':
        this.#wait(event);
        return;
      case 'CapacityClaimed':
      case 'PeerSuspected':
      case 'PeerCleared':
      case 'CapacityRevoked':
      case 'CapacityRestored':
        if (this.followed.has(event.peer)) evolve(this.tree, event);
        return;
      default:
      // Places stay as they are.
    }
  }

  #begin(event: RecordedTopologyEvent & { peer: PeerNumber }): void {
    this.#clear();
    evolve(this.tree, event);
    this.#subject = event.peer;
    this.followed.add(event.peer);
  }

  #depart(event: RecordedTopologyEvent & { peer: PeerNumber }, isOwn: boolean): void {
    if (!this.followed.has(event.peer)) {
      this.#drop(event.peer);
      return;
    }
    const children = [...(this.tree.peer(event.peer)?.children ?? [])];
    evolve(this.tree, event);
    this.followed.delete(event.peer);
    if (isOwn) this.#clear();
    // Where they go is not said of anybody who is followed.
    for (const { number } of children) if (!this.#isSubjectOrAbove(number)) this.#drop(number);
  }

  #assign(event: Assignment): void {
    const { tree } = this;
    const isAbove = this.#isSubjectOrAbove(event.peer);
    if (isAbove && event.parent !== ORIGIN) this.#bringIn(event.parent, event.position - 1);
    if (event.parent === ORIGIN ? !isAbove : !this.followed.has(event.parent)) {
      // Somebody goes where nobody looks; it may be that it takes the slot of one who is seen.
      if (event.version === 2) this.#displace(event.displaced, event);
      this.#drop(event.peer);
      return;
    }
    if (event.version === 2 && tree.peer(event.displaced) === null) this.#standIn(event.displaced, event.parent);
    if (this.followed.has(event.peer)) evolve(tree, event);
    else {
      // Of whoever only stands in, not all that became of it is known: it is put where it goes.
      if (event.version === 2) this.#displace(event.displaced, event);
      this.#drop(event.peer);
      this.#standIn(event.peer, event.parent);
    }
    if (this.followed.size > FOLLOWED_MAX) this.#letGo();
  }

  #displace(peer: PeerNumber, event: Assignment): void {
    const displaced = this.tree.peer(peer);
    if (displaced?.standing === 'placed')
      this.tree.displace(displaced, event.cause === 'tenured' ? 'tenured' : 'swapped');
  }

  #wait(event: Extract<RecordedTopologyEvent, { type: 'PeerWaiting' }>): void {
    const peer = this.tree.peer(event.peer);
    if (peer === null || !this.followed.has(event.peer)) {
      this.#drop(event.peer);
      return;
    }
    // It was above a limit that others reached before it, and they are not all in sight.
    if (peer.standing === 'placed') this.tree.displace(peer, 'configured');
    evolve(this.tree, event);
    if (!this.#isSubjectOrAbove(event.peer)) this.#drop(event.peer);
  }

  /** Puts a peer in whom the log says to be placed, with everybody above it and all their children. */
  #bringIn(number: PeerNumber, position: Position): PeerNode {
    const known = this.tree.peer(number);
    if (known !== null && this.followed.has(number)) return known;
    const branch = branchAt(this.records, number, position);
    if (branch === null)
      throw new CorruptLogError(position + 1, `a decision names peer ${String(number)}, which is not in the track`);
    const parent = branch.parent === ORIGIN ? null : this.#bringIn(branch.parent, position);
    // It may have stood in as somebody's child so far.
    this.#drop(number);
    const peer = this.#admit(number, branch);
    this.followed.add(number);
    this.tree.attach(peer, parent, 'joined');
    for (const child of branch.children) if (this.tree.peer(child) === null) this.#standIn(child, number);
    return peer;
  }

  /** A child of somebody in sight, of whom no more needs to be known than that it takes a slot. */
  #standIn(number: PeerNumber, parentNumber: PeerNumber): void {
    const parent = this.tree.peer(parentNumber);
    this.tree.attach(this.#admit(number, UNKNOWN), parent, 'joined');
  }

  #admit(number: PeerNumber, { claim, suspected, revoked }: Pick<Branch, 'claim' | 'suspected' | 'revoked'>): PeerNode {
    const { settings } = this.tree;
    if (settings === null) throw new CorruptLogError(number, 'a peer is in a track that is not open');
    this.tree.admit(number, 0, null, claim, settings);
    const peer = this.tree.peer(number);
    if (peer === null) throw new Error(`peer ${String(number)} was not admitted`);
    if (suspected) this.tree.trust(peer, 'suspected', true, settings);
    if (revoked) this.tree.trust(peer, 'revoked', true, settings);
    return peer;
  }

  #isSubjectOrAbove(number: PeerNumber): boolean {
    for (let peer = this.#subjectNode(); peer !== null; peer = peer.parent) if (peer.number === number) return true;
    return false;
  }

  #subjectNode(): PeerNode | null {
    return this.#subject === null ? null : this.tree.peer(this.#subject);
  }

  /** Forgets a peer and all below it that is in sight. */
  #drop(number: PeerNumber): void {
    const peer = this.tree.peer(number);
    if (peer === null) return;
    for (const child of [...peer.children]) this.#drop(child.number);
    this.tree.remove(peer);
    this.followed.delete(number);
  }

  #letGo(): void {
    for (const number of [...this.followed]) if (!this.#isSubjectOrAbove(number)) this.#drop(number);
  }

  #clear(): void {
    for (const peer of [...this.tree.peers()]) this.#drop(peer.number);
    this.followed.clear();
    this.#subject = null;
  }
}
