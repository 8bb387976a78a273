import type { PeerNumber } from './ids.js';

/** What the pulses say of one peer. */
export interface PeerLiveness {
  readonly peer: PeerNumber;
  /** `recorded_at` of the last event the peer itself caused, epoch milliseconds. */
  lastHeardAt: number;
  /** `recorded_at` of its last heartbeat; null before the first. */
  lastHeartbeatAt: number | null;
  /** Cumulative frames as last reported; 0 before the first report. */
  forwardedFrames: number;
  receivedFrames: number | null;
  /** Whether a session of the peer is open, as far as the log says. */
  connected: boolean;
  /** The parent it was given last, and when; `ORIGIN` for a root. */
  parent: PeerNumber | null;
  parentSince: number;
  /** When it last reported received frames, when those last grew, and since when they have grown in every report. */
  reportedAt: number | null;
  flowedAt: number;
  flowingSince: number | null;
  /** When it last complained that no media comes from its present parent; null when it did not. */
  complainedAt: number | null;
  /** Whom it turned to by itself since it was given its present parent. */
  turnedTo: PeerNumber | null;
  /** Its neighbours in the list of those who were heard since the liveness was begun or restored. */
  longerSilent: PeerLiveness | null;
  shorterSilent: PeerLiveness | null;
}
