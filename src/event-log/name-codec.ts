import type { PeerIdentity } from '../domain/events.js';
import type { ByteReader } from './byte-reader.js';
import type { ByteWriter } from './byte-writer.js';

/** Random bytes kept with a name and erased with it. */
export const SALT_BYTES = 16;
const NO_RESUME_HASH = 0xffffffff;

/** A name as it travels in a batch; its digest is taken over the same bytes. */
export interface SaltedName extends PeerIdentity {
  /** View into the batch, to be filled by the store. */
  readonly salt: Uint8Array;
  /** Salt and name together: what the digest is taken over. */
  readonly salted: Uint8Array;
}

/** Appends salt, peer_id and resume hash, each text behind its length, so that no two names have the same bytes. */
export function writeName(out: ByteWriter, salt: Uint8Array, identity: PeerIdentity): void {
  out.bytes(salt);
  writeText(out, identity.peerId);
  if (identity.resumeHash === null) out.uint32(NO_RESUME_HASH);
  else writeText(out, identity.resumeHash);
}

/** Reads the next name back. */
export function readName(reader: ByteReader): SaltedName {
  const start = reader.offset;
  const salt = reader.slice(SALT_BYTES);
  const peerId = reader.text(reader.uint32());
  const length = reader.uint32();
  const resumeHash = length === NO_RESUME_HASH ? null : reader.text(length);
  return { salt, peerId, resumeHash, salted: reader.bytes.subarray(start, reader.offset) };
}

function writeText(out: ByteWriter, text: string): void {
  const lengthOffset = out.length;
  out.uint32(0);
  out.uint32At(lengthOffset, out.text(text));
}
