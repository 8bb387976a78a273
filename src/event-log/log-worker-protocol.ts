import { AppendFailedError, AppendOutcomeUnknownError, type LogGauges, type TrackHead } from './event-log.js';
import type { Durability } from './log-file.js';
import type { SegmentLimits } from './segment-limits.js';

/** What the worker is started with. */
export interface LogWorkerData {
  readonly file: string;
  readonly durability: Durability;
  readonly segments: SegmentLimits;
}

/** A question to the worker. The bytes of a batch are transferred, never copied. */
export type LogRequest =
  | { readonly id: number; readonly kind: 'append'; readonly batch: Uint8Array }
  | { readonly id: number; readonly kind: 'head'; readonly track: string }
  | { readonly id: number; readonly kind: 'openHeads' }
  | { readonly id: number; readonly kind: 'gauges' }
  | { readonly id: number; readonly kind: 'moveNamesOut' }
  | { readonly id: number; readonly kind: 'close' };

export type LogAnswer = null | boolean | TrackHead | TrackHead[] | LogGauges;

/** Sent without being asked: there is a segment to seal. */
export const SEGMENT_CUT = 'segment cut';

/** Sent by the thread that seals: somebody holds a segment open, so that it cannot be sealed yet. */
export const SEGMENT_HELD = 'segment held';

/** The worker's answer to one request. */
export type LogReply =
  | { readonly id: number; readonly ok: true; readonly answer: LogAnswer }
  | { readonly id: number; readonly ok: false; readonly error: ThrownInWorker };

/** An error as it crosses threads, where classes are lost. */
export interface ThrownInWorker {
  readonly name: string;
  readonly message: string;
}

/** Takes an error apart for its way out of the worker. */
export function describeError(error: unknown): ThrownInWorker {
  return error instanceof Error
    ? { name: error.name, message: error.message }
    : { name: 'Error', message: String(error) };
}

/** Puts an error together again. Those that callers tell apart keep their class, all others their name. */
export function errorOf({ name, message }: ThrownInWorker): Error {
  if (name === 'AppendFailedError') return new AppendFailedError(message);
  if (name === 'AppendOutcomeUnknownError') return new AppendOutcomeUnknownError(message);
  const error = new Error(message);
  error.name = name;
  return error;
}
