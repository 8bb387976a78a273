/** Every code a request can be refused with; part of the public contract. */
export type RefusalCode =
  | 'invalid_message'
  | 'invalid_peer_id'
  | 'invalid_track'
  | 'invalid_capacity'
  | 'not_registered'
  | 'already_registered'
  | 'peer_id_taken'
  | 'unauthorized'
  | 'forbidden_target'
  | 'unknown_peer'
  | 'track_full'
  | 'track_limit'
  | 'rate_limited'
  | 'busy'
  | 'storage_unavailable'
  | 'track_stopped'
  | 'shutting_down';

/** The answer to a request that is refused. `reason` is for people; programs look at `code`. */
export type Refusal = Readonly<{ ok: false; code: RefusalCode; reason: string }>;

export function refusal(code: RefusalCode, reason: string): Refusal {
  return { ok: false, code, reason };
}
