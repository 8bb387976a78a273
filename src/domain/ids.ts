import { PEER_ID_LENGTH_MAX, TRACK_NAME_LENGTH_MAX } from './limits.js';

/** Address of an event inside its track: 1, 2, 3, … without gaps; 0 means before the first. */
export type Position = number;

/**
 * How events refer to a peer: the position of its `PeerJoined`. A rejoin is a new number.
 * Names stand apart from the events, so that a person can be forgotten.
 */
export type PeerNumber = number;

/** The media server, where a parent is named: it feeds the roots. No peer has this number, since positions start at 1. */
export const ORIGIN: PeerNumber = 0;

/** What stands for the name of a peer that was forgotten; no peer_id begins so. */
export function forgottenName(peer: PeerNumber): string {
  return `#${String(peer)}`;
}

const PEER_ID = /^[A-Za-z0-9_-]+$/;
const TRACK_NAME = /^[A-Za-z0-9._/-]+$/;

/** Whether `candidate` can be a peer_id: 1 to 64 of `[A-Za-z0-9_-]` (the LVQR wire's rule). */
export function isPeerId(candidate: string): boolean {
  return candidate.length <= PEER_ID_LENGTH_MAX && PEER_ID.test(candidate);
}

/**
 * Whether `candidate` can name a track: 1 to 128 of `[A-Za-z0-9._/-]`, no leading or trailing `/`,
 * no `..`, no `//` (the LVQR wire's rule).
 */
export function isTrackName(candidate: string): boolean {
  return (
    candidate.length <= TRACK_NAME_LENGTH_MAX &&
    TRACK_NAME.test(candidate) &&
    !candidate.startsWith('/') &&
    !candidate.endsWith('/') &&
    !candidate.includes('..') &&
    !candidate.includes('//')
  );
}
