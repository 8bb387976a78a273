import type { ThrownInWorker } from './log-worker-protocol.js';
import type { SnapshotTotals } from './snapshot-files.js';
import type { SnapshotMoment, TakenSnapshot } from './take-snapshot.js';

/** What the worker is started with. */
export interface SnapshotWorkerData {
  readonly dataDir: string;
}

export type SnapshotRequest =
  | { readonly id: number; readonly kind: 'take'; readonly track: string; readonly at: SnapshotMoment }
  | { readonly id: number; readonly kind: 'totals' };

export type SnapshotAnswer = TakenSnapshot | SnapshotTotals | null;

/** The worker's answer to one request. */
export type SnapshotReply =
  | { readonly id: number; readonly ok: true; readonly answer: SnapshotAnswer }
  | { readonly id: number; readonly ok: false; readonly error: ThrownInWorker };
