import type { Assignment } from '../protocol/server-messages.js';
import type { SessionEnd } from './mesh-session.js';

/** A frame as the application gets it. */
export interface ReceivedFrame {
  /** Counts up by one for each frame of a numbering. */
  readonly objectId: number;
  /** A view of what is sent on to children: to be read, or copied, never changed. */
  readonly data: Uint8Array<ArrayBuffer>;
}

/** Why a peer is not in the mesh any more. */
export interface MeshClosed {
  /** `left`: `close()` was called. `superseded`: another session shows the same resume token. Else the code of the refusal. */
  readonly code: SessionEnd;
  readonly reason: string;
}

/**
 * How a peer stands with the service; media flows without it. `new` -> `connecting` -> `connected` <-> `reconnecting`, and `closed` at
 * the end, from anywhere.
 */
export type MeshState = 'new' | 'connecting' | 'connected' | 'reconnecting' | 'closed';

/** What a `MeshPeer` says, by name. */
export interface MeshEvents {
  /** Each frame once, in order. */
  frame: ReceivedFrame;
  /** Frames `from` up to `to`, both included, never came. */
  gap: Readonly<{ from: number; to: number }>;
  /** Another place, role or plan. */
  assignment: Assignment;
  /** Whether `pushFrame` is wanted: this peer is fed by the origin. */
  origin: Readonly<{ isWanted: boolean }>;
  /** Who feeds this peer changed: a peer_id; null is the origin, or nobody. */
  parent: Readonly<{ peerId: string | null }>;
  /** A child's channel is open: it is fed from now on. */
  child: Readonly<{ peerId: string }>;
  state: Readonly<{ state: MeshState }>;
  closed: MeshClosed;
}

type Listener<Body> = (body: Body) => void;

/** Listeners by event. One that throws does not keep the others from hearing: its error is reported to the page. */
export class MeshEventTarget {
  readonly #listeners = new Map<keyof MeshEvents, Set<Listener<never>>>();

  /** @returns a function that removes the listener. */
  on<Name extends keyof MeshEvents>(name: Name, listener: Listener<MeshEvents[Name]>): () => void {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners);
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  emit<Name extends keyof MeshEvents>(name: Name, body: MeshEvents[Name]): void {
    for (const listener of [...(this.#listeners.get(name) ?? [])]) {
      try {
        (listener as Listener<MeshEvents[Name]>)(body);
      } catch (error) {
        reportError(error);
      }
    }
  }
}
