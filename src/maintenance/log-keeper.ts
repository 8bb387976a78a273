import type { Position, PeerNumber } from '../domain/ids.js';

/** What is about to be removed of one track. Hashes in hex. */
export interface RetentionCut {
  readonly track: string;
  readonly throughPosition: Position;
  readonly chainHash: string;
  readonly stateHash: string;
}

/** A peer to forget. */
export interface ForgottenPeer {
  readonly track: string;
  readonly peer: PeerNumber;
}

/**
 * Whoever may write to the log of a data directory: the service that runs on it, asked through its request box, or, when none runs, the
 * process itself. Both record maintenance as events.
 */
export interface LogKeeper {
  /** Records `RetentionApplied` in each track. @throws MaintenanceRefused */
  recordRetention(cuts: readonly RetentionCut[]): Promise<void>;
  /** Records `PeerForgotten` for each, and moves the names of the live segment to where they can be erased. @throws MaintenanceRefused */
  forget(peers: readonly ForgottenPeer[]): Promise<void>;
  close(): Promise<void>;
}

/** The keeper of the log said no: its message says why. */
export class MaintenanceRefused extends Error {
  override readonly name = 'MaintenanceRefused';
}

/** Attempts to empty a WAL that readers use, and how far apart, milliseconds. */
export const EMPTY_WAL_ATTEMPTS_MAX = 50;
export const EMPTY_WAL_RETRY_MS = 100;
