import { createHash, hash as hashOnce, type Hash } from 'node:crypto';
import { ByteWriter } from './byte-writer.js';
import { NAME_DIGEST_BYTES } from './topology-row.js';

/** How a commit is hashed; the only one so far. */
export const CHAIN_CODEC = 1;
const HASH_BYTES = 32;

const GENESIS_LABEL = 'meshledger event log, chain 1';

/** All of a commit's columns but its hash; they are hashed with its events. */
export interface CommitHeader {
  /** Ascending over all tracks. */
  readonly sequence: number;
  readonly firstPosition: number;
  readonly lastPosition: number;
  /** Of its last event, epoch milliseconds. */
  readonly recordedAt: number;
  /** Whether the track is open after it. */
  readonly open: boolean;
  readonly codec: number;
}

/** What the first commit of a track has for a previous hash. */
export function genesisHash(track: string): Uint8Array {
  return createHash('sha256').update(GENESIS_LABEL).update('\0').update(track).digest();
}

/**
 * Starts the hash of a commit: the previous hash, the track, the commit's columns. The caller adds the canonical
 * bytes of its rows and blocks in order of position; the digest is the commit's hash.
 */
export function beginCommitHash(previousHash: Uint8Array, track: string, commit: CommitHeader): Hash {
  const header = new ByteWriter(256);
  header.bytes(previousHash);
  header.skip(4);
  header.uint32At(HASH_BYTES, header.text(track));
  header.float64(commit.sequence);
  header.float64(commit.firstPosition);
  header.float64(commit.lastPosition);
  header.float64(commit.recordedAt);
  header.float64(commit.open ? 1 : 0);
  header.float64(commit.codec);
  return createHash('sha256').update(header.finish());
}

/**
 * What a `PeerJoined` keeps of its name: enough to prove that a stored name was not edited, and, thanks to the salt
 * that is erased with the name, not enough to guess an erased one.
 *
 * @param salted the salt and the name as `writeName` lays them out.
 */
export function nameDigest(salted: Uint8Array): Uint8Array {
  return hashOnce('sha256', salted, 'buffer').subarray(0, NAME_DIGEST_BYTES);
}

/** Proves that nobody edited the description of a log file. */
export function metaDigest(meta: {
  formatVersion: number;
  logId: string;
  segment: number;
  createdAt: number;
}): Uint8Array {
  const { formatVersion, logId, segment, createdAt } = meta;
  return createHash('sha256')
    .update(JSON.stringify([formatVersion, logId, segment, createdAt]))
    .digest();
}
