import type { PeerNumber, Position } from '../domain/ids.js';
import { STRETCH_ROWS_MAX } from './event-log-limits.js';

/** What an index needs of topology rows, column by column, in order of position. */
export interface StretchRows {
  readonly positions: readonly Position[];
  readonly types: readonly number[];
  /** Whom each row is about, and whom it names beside; null where it names nobody. */
  readonly peers: readonly (PeerNumber | null)[];
  readonly parents: readonly (PeerNumber | null)[];
  readonly formerParents: readonly (PeerNumber | null)[];
}

/** A row and how it names a peer, as one number: four times the place of the row, and what the peer is in it. */
const ROLES = 4;
/** A mention is below this. */
const MENTIONS_MAX = ROLES * STRETCH_ROWS_MAX;
/** The row is about the peer; parents and former parents are 1 and 2. */
const SUBJECT = 0;

/** The place of the row that a mention stands in. */
export function rowOf(mention: number): number {
  return Math.floor(mention / ROLES);
}

/** Whether the row of a mention is about the peer. */
export function isSubject(mention: number): boolean {
  return mention % ROLES === SUBJECT;
}

/** Everybody whom some rows name, and where. */
export interface MentionsByPeer {
  /** Ascending. */
  readonly peers: Float64Array;
  /** Where the mentions of each begin among all, and where the last ones end. */
  readonly starts: Uint32Array;
  /** By peer and then by row. */
  readonly mentions: Uint16Array;
}

/** @throws RangeError for more than `STRETCH_ROWS_MAX` rows. */
export function mentionsByPeer(rows: StretchRows): MentionsByPeer {
  const count = rows.positions.length;
  if (count > STRETCH_ROWS_MAX) throw new RangeError(`${String(count)} rows are too many for one stretch`);
  const { length, named, mentions } = sortedByPeer(mentionsIn(rows));
  const peers = new Float64Array(length);
  const starts = new Uint32Array(length + 1);
  let size = 0;
  named.forEach((peer, at) => {
    if (at > 0 && peer === peers[size - 1]) return;
    peers[size] = peer;
    starts[size] = at;
    size += 1;
  });
  starts[size] = length;
  return { peers: peers.slice(0, size), starts: starts.slice(0, size + 1), mentions };
}

/** Who is named, and by which row in which role: one of each for every mention. */
interface Mentions {
  readonly length: number;
  readonly named: Float64Array;
  readonly mentions: Uint16Array;
}

function mentionsIn({ positions, peers, parents, formerParents }: StretchRows): Mentions {
  const columns = [peers, parents, formerParents];
  const named = new Float64Array(columns.length * positions.length);
  const mentions = new Uint16Array(named.length);
  let length = 0;
  for (let row = 0; row < positions.length; row += 1) {
    for (let role = 0; role < columns.length; role += 1) {
      const peer = columns[role]?.[row] ?? null;
      if (peer === null) continue;
      named[length] = peer;
      mentions[length] = row * ROLES + role;
      length += 1;
    }
  }
  return { length, named: named.subarray(0, length), mentions: mentions.subarray(0, length) };
}

/** As one number for each, because those are sorted four times as fast as by a comparison of our own. */
function sortedByPeer({ length, named, mentions }: Mentions): Mentions {
  const keys = named.map((peer, at) => peer * MENTIONS_MAX + (mentions[at] ?? 0));
  if (keys.some((key) => key > Number.MAX_SAFE_INTEGER)) return comparedByPeer({ length, named, mentions });
  keys.sort();
  const sorted = { length, named: new Float64Array(length), mentions: new Uint16Array(length) };
  for (let at = 0; at < length; at += 1) {
    const key = keys[at] ?? 0;
    const peer = Math.floor(key / MENTIONS_MAX);
    sorted.named[at] = peer;
    sorted.mentions[at] = key - peer * MENTIONS_MAX;
  }
  return sorted;
}

/** The same for tracks of more than a hundred billion positions, where the two do not fit into one number. */
function comparedByPeer({ length, named, mentions }: Mentions): Mentions {
  const order = Array.from({ length }, (_, at) => at);
  order.sort((one, other) => (named[one] ?? 0) - (named[other] ?? 0) || one - other);
  return {
    length,
    named: Float64Array.from(order, (at) => named[at] ?? 0),
    mentions: Uint16Array.from(order, (at) => mentions[at] ?? 0),
  };
}
