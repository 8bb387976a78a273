import type { MeshHandlers } from './mesh-listeners.js';
import type { SessionEnd } from './mesh-session.js';

/** How a peer takes part. Everything but `url` and `track` may be left out. */
export interface MeshPeerOptions extends Partial<MeshHandlers> {
  /** Where the service is, without a path: `https://mesh.example`. */
  readonly url: string;
  readonly track: string;
  /** 1 to 64 characters of `A-Z a-z 0-9 _ -`; random when left out. */
  readonly peerId?: string;
  /** How many children this peer offers to feed; null or left out: as many as the operator allows. 0: it feeds nobody. */
  readonly capacity?: number | null;
  /** What the operator asks of viewers; a function is asked before each connection, for tokens that expire. */
  readonly token?: string | (() => string | Promise<string>);
  /** Resumes a peer that registered with it before; made up when left out. 22 to 128 of `A-Z a-z 0-9 _ -`. */
  readonly resumeToken?: string;
  /** `relay` goes through TURN servers only. */
  readonly iceTransportPolicy?: RTCIceTransportPolicy;
  /** What goes over the DataChannels. */
  readonly framing?: MeshFraming;
}

/**
 * `object_id`, the default: frames carry their ids, so that nothing comes twice and gaps are known; LVQR's peers are recognised and get
 * bare frames. `raw`: bare frames to and from everybody, as an LVQR peer sends and takes them; a frame larger than the channel takes
 * does not pass, and across a change of parents nobody can tell what is missing or comes twice.
 */
export type MeshFraming = 'object_id' | 'raw';

/** Cumulative counts of one peer. */
export interface MeshStats {
  /** Frames that came, each counted once. */
  readonly received: number;
  /** Frames that came again, from a second parent or a reconnected one; the application did not get them. */
  readonly duplicates: number;
  /** Frames that never came. */
  readonly missing: number;
  /** Frames sent to children, counted for each child. */
  readonly forwarded: number;
  /** Frames that children missed because they read too slowly. */
  readonly dropped: number;
  /** Messages of parents that made no sense. */
  readonly malformed: number;
}

/** `connect` was refused. */
export class MeshRefusedError extends Error {
  override readonly name = 'MeshRefusedError';

  constructor(
    readonly code: SessionEnd,
    reason: string,
  ) {
    super(reason);
  }
}
