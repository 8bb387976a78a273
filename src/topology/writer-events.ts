import type { Position } from '../domain/ids.js';
import type { TrackChanges } from './batch.js';

/** What the writer tells those who listen. All calls are synchronous and must not throw. */
export interface WriterListener {
  /** A batch is durable and its submitters are answered; no later batch has been decided yet. */
  committed?(changes: readonly TrackChanges[], commit: CommitFigures): void;
  storageFailed?(error: Error): void;
  storageRecovered?(gapMs: number): void;
  /** The service noticed that it had been away for so long, and records that in every open track. */
  wasAway?(gapMs: number): void;
  /** A track's log is damaged, or was decided by a policy this build does not have; the track takes no commands. */
  trackStopped?(track: string, position: Position, fault: string): void;
}

export interface CommitFigures {
  /** From the first decision to the durable commit, milliseconds. */
  readonly latencyMs: number;
  readonly commands: number;
  readonly topologyEvents: number;
  readonly pulses: number;
}
