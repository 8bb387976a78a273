import type { PeerNumber } from '../domain/ids.js';
import { Liveness } from '../domain/liveness.js';

/** How liveness is laid out in an opening; a change of meaning is a new number, and the old one stays readable. */
const LIVENESS_CODEC = 1;

type Pairs = [PeerNumber, number][];

interface StoredLiveness {
  readonly codec: number;
  readonly restarted_at: number;
  readonly last_resume_at: number;
  readonly accused: Pairs;
  readonly doubted: PeerNumber[];
  readonly revoked_until: Pairs;
  /** From the most silent on; columns in the order of `StoredPeer`. */
  readonly peers: StoredPeer[];
}

type StoredPeer = [
  peer: PeerNumber,
  lastHeardAt: number,
  lastHeartbeatAt: number | null,
  forwardedFrames: number,
  receivedFrames: number | null,
  connected: 0 | 1,
  parent: PeerNumber | null,
  parentSince: number,
  reportedAt: number | null,
  flowedAt: number,
  flowingSince: number | null,
  complainedAt: number | null,
  turnedTo: PeerNumber | null,
];

/** Liveness as JSON: kept for good, so it is laid out to be read by anybody. */
export function encodeLiveness(liveness: Liveness): string {
  const peers: StoredPeer[] = [];
  for (const peer of liveness.bySilence()) {
    peers.push([
      peer.peer,
      peer.lastHeardAt,
      peer.lastHeartbeatAt,
      peer.forwardedFrames,
      peer.receivedFrames,
      peer.connected ? 1 : 0,
      peer.parent,
      peer.parentSince,
      peer.reportedAt,
      peer.flowedAt,
      peer.flowingSince,
      peer.complainedAt,
      peer.turnedTo,
    ]);
  }
  const stored: StoredLiveness = {
    codec: LIVENESS_CODEC,
    restarted_at: liveness.restartedAt,
    last_resume_at: liveness.lastResumeAt,
    accused: [...liveness.accused],
    doubted: [...liveness.doubted],
    revoked_until: [...liveness.revokedUntil],
    peers,
  };
  return JSON.stringify(stored);
}

/** Liveness back from `encodeLiveness`. @throws Error for a codec this build does not have. */
export function decodeLiveness(text: string): Liveness {
  const stored = JSON.parse(text) as StoredLiveness;
  if (stored.codec !== LIVENESS_CODEC) throw new Error(`liveness codec ${String(stored.codec)} is unknown`);
  const liveness = new Liveness();
  liveness.restartedAt = stored.restarted_at;
  liveness.lastResumeAt = stored.last_resume_at;
  for (const [peer, at] of stored.accused) liveness.accused.set(peer, at);
  for (const peer of stored.doubted) liveness.doubted.add(peer);
  for (const [peer, until] of stored.revoked_until) liveness.revokedUntil.set(peer, until);
  for (const columns of stored.peers) {
    const [number, lastHeardAt, lastHeartbeatAt, forwardedFrames, receivedFrames, connected] = columns;
    const [parent, parentSince, reportedAt, flowedAt, flowingSince, complainedAt, turnedTo] = columns.slice(6) as [
      PeerNumber | null,
      number,
      number | null,
      number,
      number | null,
      number | null,
      PeerNumber | null,
    ];
    const peer = liveness.heard(number, lastHeardAt);
    Object.assign(peer, { lastHeartbeatAt, forwardedFrames, receivedFrames, connected: connected === 1 });
    Object.assign(peer, { parent, parentSince, reportedAt, flowedAt, flowingSince, complainedAt, turnedTo });
  }
  return liveness;
}
