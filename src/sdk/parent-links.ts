import type { IceCandidate } from '../protocol/client-messages.js';
import type { Assignment } from '../protocol/server-messages.js';
import { Backoff } from './backoff.js';
import { Failover, type LinkHealth } from './failover.js';
import { ParentLink, type ParentLinkParts } from './parent-link.js';
import { LOOK_MS, REDIAL_MS_MAX, REDIAL_MS_MIN } from './sdk-limits.js';

/** What the links need, and whom they tell. */
export interface ParentLinksParts extends Pick<
  ParentLinkParts,
  'clock' | 'framing' | 'signal' | 'ownNumbering' | 'nextOwnId'
> {
  readonly configuration: () => RTCConfiguration;
  readonly request: () => ParentLinkParts['request'];
  /** `isTrusted`: it comes from the parent that counts, so its numbering does too. */
  readonly frame: (numbering: string, frame: Parameters<ParentLinkParts['frame']>[1], isTrusted: boolean) => void;
  /** The plan was followed; null is the origin. */
  readonly followed: (lostParentId: string, connectedTo: string | null) => void;
  /** Whether media comes straight from the origin. */
  readonly isFedByOrigin: () => boolean;
}

/** A tick this many times late says that the page slept, not that a parent did. */
const LATE_TICKS = 4;

/**
 * The connections to those who feed this peer. A new one is made before the old one is broken: whoever feeds is kept until the
 * assigned parent does, whether the service has moved the peer or the peer has followed its plan.
 */
export class ParentLinks {
  readonly #links = new Map<string, ParentLink>();
  readonly #redials = new Map<string, { readonly backoff: Backoff; cancel: (() => void) | null }>();
  readonly #failover = new Failover();
  readonly #stopLooking: () => void;
  #assigned: Assignment | null = null;
  #lookedAtMs: number;
  #skippedLook = false;
  #isStopped = false;

  constructor(private readonly parts: ParentLinksParts) {
    this.#lookedAtMs = parts.clock.nowMs();
    this.#stopLooking = parts.clock.every(LOOK_MS, () => this.#look());
  }

  /** Whether the plan said to turn to the origin, and the service has not said anything else yet. */
  get isAtOrigin(): boolean {
    return this.#failover.isAtOrigin;
  }

  /** peer_id of whoever feeds this peer at present; null when nobody does, or the origin. */
  get feedingId(): string | null {
    return this.#trusted()?.peerId ?? null;
  }

  get malformed(): number {
    let malformed = 0;
    for (const link of this.#links.values()) malformed += link.malformed;
    return malformed;
  }

  assigned(assignment: Assignment): void {
    this.#assigned = assignment;
    this.#failover.assigned(assignment.parent_id, assignment.plan);
    this.#settle();
  }

  /** The service can be reached again: whoever waits to dial, dials now. */
  retry(): void {
    for (const redial of this.#redials.values()) redial.cancel?.();
    this.#redials.clear();
    this.#settle();
  }

  answered(peerId: string, sdp: string): void {
    this.#links.get(peerId)?.answered(sdp);
  }

  candidate(peerId: string, candidate: IceCandidate): void {
    this.#links.get(peerId)?.candidate(candidate);
  }

  /** The origin feeds this peer now: nobody else has to. */
  fedByOrigin(): void {
    if (this.#links.size > 0) this.#settle();
  }

  stop(): void {
    this.#isStopped = true;
    this.#stopLooking();
    for (const redial of this.#redials.values()) redial.cancel?.();
    for (const link of [...this.#links.values()]) link.close();
  }

  #look(): void {
    const nowMs = this.parts.clock.nowMs();
    const isLate = nowMs - this.#lookedAtMs > LATE_TICKS * LOOK_MS;
    this.#lookedAtMs = nowMs;
    // What came in while the page slept is read first. In a hidden tab every look is late.
    this.#skippedLook = isLate && !this.#skippedLook;
    if (!this.#skippedLook) this.#settle();
  }

  #settle(): void {
    if (this.#isStopped) return;
    const parentId = this.#assigned?.parent_id ?? null;
    this.#failOver(parentId);
    this.#forgetClosed();
    if (parentId !== null) this.#dial(parentId);
    const planned = this.#failover.plannedId;
    if (planned !== null) this.#dial(planned);
    this.#hangUp(parentId);
  }

  #failOver(parentId: string | null): void {
    const nowMs = this.parts.clock.nowMs();
    const view = {
      parent: this.#healthOf(parentId, nowMs),
      planned: this.#healthOf(this.#failover.plannedId, nowMs),
      heardAtMs: this.#links.get(parentId ?? '')?.heardAtMs ?? null,
    };
    const action = this.#failover.step(nowMs, view);
    if (action?.act === 'follow') this.parts.followed(action.lostParentId, action.connectedTo);
    else if (action?.act === 'dial') this.#dial(action.peerId);
  }

  /** Once the parent that counts feeds, all others are superfluous. A parent that is out of work closes by itself. */
  #hangUp(parentId: string | null): void {
    const nowMs = this.parts.clock.nowMs();
    const parent = parentId === null ? undefined : this.#links.get(parentId);
    const isFed =
      parentId === null ? this.parts.isFedByOrigin() : parent?.isFed === true && parent.healthAt(nowMs) === 'alive';
    if (!isFed) return;
    for (const link of [...this.#links.values()]) {
      if (link === parent) continue;
      this.#links.delete(link.peerId);
      link.close();
    }
  }

  /** The link whose numbering counts: the assigned parent's once it feeds, else that of the plan, else whichever is left. */
  #trusted(): ParentLink | null {
    const nowMs = this.parts.clock.nowMs();
    const isFeeding = (link: ParentLink | undefined): link is ParentLink =>
      link?.isFed === true && link.healthAt(nowMs) === 'alive';
    const preferred = [this.#assigned?.parent_id ?? '', this.#failover.plannedId ?? ''];
    for (const peerId of preferred) {
      const link = this.#links.get(peerId);
      if (isFeeding(link)) return link;
    }
    return [...this.#links.values()].find(isFeeding) ?? null;
  }

  #dial(peerId: string): void {
    if (this.#links.has(peerId) || this.#redials.get(peerId)?.cancel != null) return;
    const { configuration, request, frame, ...parts } = this.parts;
    const link: ParentLink = new ParentLink(peerId, {
      ...parts,
      configuration: configuration(),
      request: request(),
      frame: (numbering, coded) => frame(numbering, coded, this.#trusted() === link),
      changed: () => this.#changed(link),
    });
    this.#links.set(peerId, link);
  }

  #changed(link: ParentLink): void {
    if (link.healthAt(this.parts.clock.nowMs()) === 'alive') this.#redials.delete(link.peerId);
    this.#settle();
  }

  #forgetClosed(): void {
    for (const [peerId, link] of this.#links) {
      if (link.healthAt(this.parts.clock.nowMs()) !== 'none') continue;
      this.#links.delete(peerId);
      this.#redialLater(peerId);
    }
  }

  /** Whoever hung up or cannot be reached is not dialed again at once. */
  #redialLater(peerId: string): void {
    const backoff = this.#redials.get(peerId)?.backoff ?? new Backoff(REDIAL_MS_MIN, REDIAL_MS_MAX, Math.random);
    const cancel = this.parts.clock.after(backoff.nextMs(), () => {
      const isWanted = peerId === this.#assigned?.parent_id || peerId === this.#failover.plannedId;
      if (isWanted) this.#redials.set(peerId, { backoff, cancel: null });
      else this.#redials.delete(peerId);
      this.#settle();
    });
    this.#redials.set(peerId, { backoff, cancel });
  }

  #healthOf(peerId: string | null, nowMs: number): LinkHealth {
    const link = peerId === null ? undefined : this.#links.get(peerId);
    if (link !== undefined) return link.healthAt(nowMs);
    return 'none';
  }
}
