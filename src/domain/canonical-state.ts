import { ASSIGNMENT_CAUSES, type TrackSettings } from './events.js';
import { ORIGIN } from './ids.js';
import type { PeerNode, Standing } from './peer-node.js';
import type { RelayTree } from './relay-tree.js';

/** Version of the encoding below; a change of meaning is a new number, and so another hash. */
export const CANONICAL_STATE_VERSION = 1;

/** Doubles per peer: number, joined at, claim, parent, standing and cause, depth. */
const PEER_FIELDS = 6;
/** Doubles per peer with marks: number, marks. */
const MARK_FIELDS = 2;
const HEADER_FIELDS = 9;
/** Announces the policy's ideas; no peer has this number. */
const IDEAS_FOLLOW = -2;
const STANDINGS: readonly Standing[] = ['placed', 'unplaced', 'waiting', 'below'];
const NONE = -1;

/**
 * The topology state as bytes: equal for equal states on every machine, so that its SHA-256 is the state hash. It covers the
 * rules in force and, in order of joining, each peer's place and claim. Names are not in it, so a forgotten person leaves the
 * hash as it was; neither are positions of pulses, deadlines, sessions or counters.
 *
 * Shape: the policy's name in UTF-8 behind its length, then big-endian 64-bit floats, which hold every integer exactly.
 */
export function canonicalState(tree: RelayTree): Uint8Array {
  const policy = encodeText(tree.settings?.policy ?? '');
  const marked = [...tree.peers()].filter((peer) => marksOf(peer) > 0);
  const ideas = ideasOf(tree.settings);
  const doubles = HEADER_FIELDS + PEER_FIELDS * tree.size + MARK_FIELDS * marked.length + ideas.length;
  const bytes = new Uint8Array(1 + policy.length + 8 * doubles);
  bytes[0] = policy.length;
  bytes.set(policy, 1);
  const view = new DataView(bytes.buffer);
  let offset = 1 + policy.length;
  const put = (integer: number): void => {
    view.setFloat64(offset, integer);
    offset += 8;
  };
  for (const field of header(tree)) put(field);
  for (const peer of tree.peers()) putPeer(peer, put);
  for (const peer of marked) {
    put(peer.number);
    put(marksOf(peer));
  }
  for (const field of ideas) put(field);
  return bytes;
}

/** Tenure and doubts come behind all peers, and only where there are any: trees that know none keep the hash they always had. */
function marksOf({ tenured, suspected, revoked }: PeerNode): number {
  return (tenured ? 1 : 0) + (suspected ? 2 : 0) + (revoked ? 4 : 0);
}

/** Last, and only where a track was opened with switches of its own, for the same reason. */
function ideasOf(settings: TrackSettings | null): number[] {
  if (settings?.ideas === undefined) return [];
  const { swap, heir, tenureMs } = settings.ideas;
  return [IDEAS_FOLLOW, swap ? 1 : 0, heir ? 1 : 0, tenureMs ?? NONE];
}

function header(tree: RelayTree): number[] {
  const { settings } = tree;
  return [
    CANONICAL_STATE_VERSION,
    settings === null ? 0 : 1,
    settings?.policyVersion ?? NONE,
    settings?.rootPeerCount ?? NONE,
    settings?.maxChildren ?? NONE,
    settings?.maxDepth ?? NONE,
    settings?.heartbeatTimeoutMs ?? NONE,
    tree.rootCount,
    tree.size,
  ];
}

function putPeer(peer: PeerNode, put: (integer: number) => void): void {
  put(peer.number);
  put(peer.joinedAt);
  put(peer.claim ?? NONE);
  put(peer.parent?.number ?? (peer.standing === 'placed' ? ORIGIN : NONE));
  put(STANDINGS.indexOf(peer.standing) * 100 + (peer.cause === null ? 99 : ASSIGNMENT_CAUSES.indexOf(peer.cause)));
  put(peer.depth);
}

/** Policy names are ASCII by rule, at most 255 characters. */
function encodeText(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}
