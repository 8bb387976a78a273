import type { ByteReader } from './byte-reader.js';
import type { ByteWriter } from './byte-writer.js';
import type { PulseBlockRow } from './pulse-codec.js';
import { NAME_DIGEST_BYTES, type TopologyRow } from './topology-row.js';

/**
 * The bytes that the chain hashes, one fixed form for each row. Every column is in them, so no cell can be
 * edited unseen. The same bytes carry a batch to the store: what is hashed is what was sent.
 *
 * Topology row: tag, "has a name" flag, two zero bytes, length of detail (u32, all ones for null), twelve
 * numbers (f64, -1 for null), name digest (16 bytes), detail. Pulse block: tag, three zero bytes, length of
 * the body (u32), five numbers (f64), body.
 */
const TOPOLOGY_ROW_TAG = 1;
const PULSE_BLOCK_TAG = 2;

/** Bytes of a canonical topology row before its detail. */
export const TOPOLOGY_ROW_BYTES = 8 + 12 * 8 + NAME_DIGEST_BYTES;
/** Bytes of a canonical pulse block before its body. */
export const PULSE_BLOCK_BYTES = 8 + 5 * 8;

const NULL_LENGTH = 0xffffffff;
const NULL_NUMBER = -1;

/** Appends the canonical bytes of a row; `named` reserves the digest of a name that is salted later. */
export function writeCanonicalRow(out: ByteWriter, row: TopologyRow, named = row.nameDigest !== null): void {
  out.byte(TOPOLOGY_ROW_TAG);
  out.byte(named ? 1 : 0);
  out.skip(2);
  const detailLengthOffset = out.length;
  out.uint32(NULL_LENGTH);
  out.float64(row.position);
  out.float64(row.recordedAt);
  out.float64(row.type);
  out.float64(row.version);
  out.float64(row.codec);
  out.float64(row.peer ?? NULL_NUMBER);
  out.float64(row.parent ?? NULL_NUMBER);
  out.float64(row.formerParent ?? NULL_NUMBER);
  out.float64(row.causedBy ?? NULL_NUMBER);
  out.float64(row.cause ?? NULL_NUMBER);
  out.float64(row.amount ?? NULL_NUMBER);
  out.float64(row.depth ?? NULL_NUMBER);
  if (row.nameDigest === null) out.skip(NAME_DIGEST_BYTES);
  else out.bytes(row.nameDigest);
  if (row.detail !== null) out.uint32At(detailLengthOffset, out.text(row.detail));
}

/** Reads a canonical row back. The digest is a view into the reader's bytes, so filling it in there fills the row. */
export function readCanonicalRow(reader: ByteReader): TopologyRow {
  const tag = reader.byte();
  if (tag !== TOPOLOGY_ROW_TAG) throw new RangeError(`tag ${String(tag)} is no topology row`);
  const named = reader.byte() === 1;
  reader.offset += 2;
  const detailLength = reader.uint32();
  const start = reader.offset;
  reader.offset += 12 * 8;
  const digest = reader.skip(NAME_DIGEST_BYTES);
  return {
    position: reader.float64At(start),
    recordedAt: reader.float64At(start + 8),
    type: reader.float64At(start + 16),
    version: reader.float64At(start + 24),
    codec: reader.float64At(start + 32),
    peer: nullable(reader.float64At(start + 40)),
    parent: nullable(reader.float64At(start + 48)),
    formerParent: nullable(reader.float64At(start + 56)),
    causedBy: nullable(reader.float64At(start + 64)),
    cause: nullable(reader.float64At(start + 72)),
    amount: nullable(reader.float64At(start + 80)),
    depth: nullable(reader.float64At(start + 88)),
    nameDigest: named ? reader.bytes.subarray(digest, digest + NAME_DIGEST_BYTES) : null,
    detail: detailLength === NULL_LENGTH ? null : reader.text(detailLength),
  };
}

function nullable(value: number): number | null {
  return value === NULL_NUMBER ? null : value;
}

/** Appends the canonical header of a block. @returns where to put the body's length once it is known. */
export function writeCanonicalBlockHeader(out: ByteWriter, block: Omit<PulseBlockRow, 'body'>): number {
  out.byte(PULSE_BLOCK_TAG);
  out.skip(3);
  const bodyLengthOffset = out.length;
  out.uint32(0);
  out.float64(block.firstPosition);
  out.float64(block.count);
  out.float64(block.firstRecordedAt);
  out.float64(block.lastRecordedAt);
  out.float64(block.codec);
  return bodyLengthOffset;
}

/** Appends the canonical bytes of a stored block. */
export function writeCanonicalBlock(out: ByteWriter, block: PulseBlockRow): void {
  const bodyLengthOffset = writeCanonicalBlockHeader(out, block);
  out.bytes(block.body);
  out.uint32At(bodyLengthOffset, block.body.length);
}

/** Reads a canonical block back; the body is a view. */
export function readCanonicalBlock(reader: ByteReader): PulseBlockRow {
  const tag = reader.byte();
  if (tag !== PULSE_BLOCK_TAG) throw new RangeError(`tag ${String(tag)} is no pulse block`);
  reader.offset += 3;
  const bodyLength = reader.uint32();
  return {
    firstPosition: reader.float64(),
    count: reader.float64(),
    firstRecordedAt: reader.float64(),
    lastRecordedAt: reader.float64(),
    codec: reader.float64(),
    body: reader.slice(bodyLength),
  };
}
