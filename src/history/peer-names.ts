import type { RecordedEvent } from '../domain/events.js';
import { forgottenName, ORIGIN, type PeerNumber } from '../domain/ids.js';
import type { RelayTree } from '../domain/relay-tree.js';
import type { EventLogReader } from '../event-log/event-log.js';

/** Names kept in memory; more are asked from the log again. */
const NAMES_KEPT_MAX = 200_000;

/** Finds the peer_id behind a number. Events carry numbers alone, so that a person can be forgotten. */
export interface PeerNaming {
  /** Null for the origin, a forgotten peer, and a number nobody has had. */
  peerId(peer: PeerNumber): string | null;
}

/** Names of one track's peers, from the log's one erasable table, each asked once. */
export class PeerNames implements PeerNaming {
  readonly #kept = new Map<PeerNumber, string | null>();

  constructor(
    private readonly reader: EventLogReader,
    private readonly track: string,
  ) {}

  peerId(peer: PeerNumber): string | null {
    if (peer === ORIGIN) return null;
    const known = this.#kept.get(peer);
    if (known !== undefined) return known;
    return this.#keep(peer, this.reader.identity(this.track, peer)?.peerId ?? null);
  }

  /** Takes the name out of a join that is being read anyway. */
  learn(event: RecordedEvent): void {
    if (event.type === 'PeerJoined') this.#keep(event.peer, event.identity?.peerId ?? null);
  }

  /** Takes all names of a tree that is at hand. */
  learnAll(tree: RelayTree): void {
    for (const { number, identity } of tree.peers()) this.#keep(number, identity?.peerId ?? null);
  }

  #keep(peer: PeerNumber, peerId: string | null): string | null {
    if (this.#kept.size >= NAMES_KEPT_MAX) this.#kept.clear();
    this.#kept.set(peer, peerId);
    return peerId;
  }
}

/** How texts and drawings call a peer: its peer_id, `#` and its number once it was forgotten, or `the origin`. */
export function spokenName(naming: PeerNaming, peer: PeerNumber): string {
  return shownName(naming, peer) ?? 'the origin';
}

/** How JSON calls a peer: its peer_id, `#` and its number once it was forgotten; null for the origin. */
export function shownName(naming: PeerNaming, peer: PeerNumber): string | null {
  return peer === ORIGIN ? null : (naming.peerId(peer) ?? forgottenName(peer));
}
