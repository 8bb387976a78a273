import { CorruptLogError } from '../domain/errors.js';
import type { PeerIdentity } from '../domain/events.js';
import type { PeerNumber, Position } from '../domain/ids.js';
import type { CommitHeader } from './chain.js';
import type { PulseBlockRow } from './pulse-codec.js';
import type { TopologyRow } from './topology-row.js';

/** A row of `commit`. */
export interface CommitRow extends CommitHeader {
  readonly hash: Uint8Array;
}

/** A row of `commit` with its track, as a follower of the whole log reads it. */
export interface TrackCommitRow extends Omit<CommitRow, 'codec'> {
  /** Null when the row of `track` is missing. */
  readonly track: string | null;
  readonly trackId: number;
}

/** A row of `peer_name`. */
export interface NameRow {
  readonly peer: PeerNumber;
  readonly peerId: string;
  readonly resumeHash: string | null;
  readonly salt: Uint8Array;
}

/** A name as an event shows it. */
export interface IdentityRow {
  readonly peer: PeerNumber;
  readonly identity: PeerIdentity;
}

export type CommitCells = [number, number, number, number, number, number, Buffer];
export type TrackCommitCells = [number, string | null, number, number, number, number, number, Buffer];
export type BlockCells = [number, number, number, number, number, Buffer];
export type NameCells = [number, string, string | null, Buffer];
export type TopologyCells = [
  number,
  number,
  number,
  number,
  number,
  number | null,
  number | null,
  number | null,
  number | null,
  number | null,
  number | null,
  number | null,
  Buffer | null,
  string | null,
];

/** The first and last positions of a track in every table of a segment; null where it has no row. */
export interface EndsOfTrack {
  readonly head: number | null;
  readonly commit: number | null;
  readonly topology_event: number | null;
  readonly pulse_block: number | null;
  readonly peer_name: number | null;
  readonly first_commit: number | null;
  readonly first_topology_event: number | null;
  readonly first_pulse_block: number | null;
  readonly first_peer_name: number | null;
}

export function topologyRowOfCells(cells: TopologyCells): TopologyRow {
  return {
    position: cells[0],
    recordedAt: cells[1],
    type: cells[2],
    version: cells[3],
    codec: cells[4],
    peer: cells[5],
    parent: cells[6],
    formerParent: cells[7],
    causedBy: cells[8],
    cause: cells[9],
    amount: cells[10],
    depth: cells[11],
    nameDigest: cells[12],
    detail: cells[13],
  };
}

export function blockOfCells(cells: BlockCells): PulseBlockRow {
  const [firstPosition, count, firstRecordedAt, lastRecordedAt, codec, body] = cells;
  return { firstPosition, count, firstRecordedAt, lastRecordedAt, codec, body };
}

export function nameOfCells([peer, peerId, resumeHash, salt]: NameCells): NameRow {
  return { peer, peerId, resumeHash, salt };
}

export function commitOfCells(cells: CommitCells): CommitRow {
  const [sequence, firstPosition, lastPosition, recordedAt, open, codec, hash] = cells;
  return { sequence, firstPosition, lastPosition, recordedAt, open: flagOf(open, firstPosition), codec, hash };
}

export function trackCommitOfCells(cells: TrackCommitCells): TrackCommitRow {
  const [sequence, track, trackId, firstPosition, lastPosition, recordedAt, open, hash] = cells;
  return { sequence, track, trackId, firstPosition, lastPosition, recordedAt, open: flagOf(open, firstPosition), hash };
}

function flagOf(cell: number, position: Position): boolean {
  if (cell !== 0 && cell !== 1) throw new CorruptLogError(position, `open ${String(cell)} is neither 0 nor 1`);
  return cell === 1;
}

/** Names of some peers, in their order. @throws SyntaxError for text that is no UTF-8. */
export function identitiesOfColumns([peers, peerIds, resumeHashes]: IdentityColumns): IdentityRow[] {
  const ids = JSON.parse(peerIds) as string[];
  const hashes = JSON.parse(resumeHashes) as (string | null)[];
  return (JSON.parse(peers) as PeerNumber[]).map((peer, index) => ({
    peer,
    identity: { peerId: ids[index] ?? '', resumeHash: hashes[index] ?? null },
  }));
}

/** Names of some peers as JSON arrays that are not parsed yet: numbers, peer ids and resume hashes, in one order. */
export type IdentityColumns = readonly [peers: string, peerIds: string, resumeHashes: string, count: number];
