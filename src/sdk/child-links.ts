import type { IceCandidate } from '../protocol/client-messages.js';
import { ChildLink, type ChildLinkParts } from './child-link.js';
import { CHILD_LINKS_MAX, KEEPALIVE_MS } from './sdk-limits.js';

/** What the links to children need. */
export interface ChildLinksParts extends Omit<ChildLinkParts, 'configuration' | 'closed'> {
  readonly configuration: () => RTCConfiguration;
}

/**
 * The connections to those this peer feeds. The service lets offers through from nobody but its children, and those whose plan names
 * it; so whoever offers is answered.
 */
export class ChildLinks {
  readonly #links = new Map<string, ChildLink>();
  readonly #stopBeating: () => void;
  #forwardedBefore = 0;
  #droppedBefore = 0;

  constructor(private readonly parts: ChildLinksParts) {
    this.#stopBeating = parts.clock.every(KEEPALIVE_MS, () => {
      for (const link of [...this.#links.values()]) link.beat();
    });
  }

  /** Frames sent to children, counted for each child; never goes back. */
  get forwarded(): number {
    return this.#sum((link) => link.forwarded, this.#forwardedBefore);
  }

  /** Frames that children missed because they read too slowly. */
  get dropped(): number {
    return this.#sum((link) => link.dropped, this.#droppedBefore);
  }

  /** peer_ids of those who are fed. */
  get fedIds(): string[] {
    return [...this.#links.values()].filter((link) => link.isFed).map((link) => link.peerId);
  }

  /** A child that offers anew has lost the connection it had. */
  offered(peerId: string, sdp: string): void {
    this.#links.get(peerId)?.close();
    if (this.#links.size >= CHILD_LINKS_MAX) return;
    const link: ChildLink = new ChildLink(peerId, sdp, {
      ...this.parts,
      configuration: this.parts.configuration(),
      closed: () => this.#closed(link),
    });
    this.#links.set(peerId, link);
  }

  candidate(peerId: string, candidate: IceCandidate): void {
    this.#links.get(peerId)?.candidate(candidate);
  }

  dismissed(peerId: string): void {
    this.#links.get(peerId)?.dismiss();
  }

  /** There is another frame to send. */
  pump(): void {
    for (const link of [...this.#links.values()]) link.pump();
  }

  stop(): void {
    this.#stopBeating();
    for (const link of [...this.#links.values()]) link.close();
  }

  #closed(link: ChildLink): void {
    this.#forwardedBefore += link.forwarded;
    this.#droppedBefore += link.dropped;
    if (this.#links.get(link.peerId) === link) this.#links.delete(link.peerId);
  }

  #sum(count: (link: ChildLink) => number, before: number): number {
    let sum = before;
    for (const link of this.#links.values()) sum += count(link);
    return sum;
  }
}
