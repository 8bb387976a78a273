import { refusal } from '../protocol/rejection.js';

export const NOT_REGISTERED = refusal('not_registered', 'this session has no peer; register first');
export const ALREADY_REGISTERED = refusal(
  'already_registered',
  'this session has another peer; leave first, or open another connection',
);
export const PEER_WENT_AT_ONCE = refusal(
  'not_registered',
  'the peer was removed right after it joined; register again',
);
export const PEER_ID_TAKEN = refusal(
  'peer_id_taken',
  'a peer with this peer_id is in the track, and only its resume token can take it over',
);
