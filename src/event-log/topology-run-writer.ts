import { randomFillSync, type Hash } from 'node:crypto';
import type Database from 'better-sqlite3';
import type { PeerNumber, Position } from '../domain/ids.js';
import { ByteReader } from './byte-reader.js';
import { readCanonicalRow } from './canonical-bytes.js';
import { nameDigest } from './chain.js';
import { INSERT_PEER_NAMES, INSERT_TOPOLOGY_EVENTS } from './log-queries.js';
import { SALT_BYTES, readName } from './name-codec.js';
import { StretchPacker } from './pack-stretches.js';
import { RowInserter } from './row-inserter.js';
import type { TopologyRow } from './topology-row.js';

/** Writes the topology rows of encoded batches: the rows themselves, the names of those who join, and what is packed of them. */
export class TopologyRunWriter {
  readonly #rows: RowInserter;
  readonly #names: RowInserter;
  readonly #stretches: StretchPacker;
  /** Rows of each track in the batch that is being written. */
  readonly #written = new Map<number, number>();
  readonly #salts = Buffer.alloc(SALT_BYTES * 256);
  #saltOffset = this.#salts.length;

  constructor(database: Database.Database) {
    this.#rows = new RowInserter(database, INSERT_TOPOLOGY_EVENTS);
    this.#names = new RowInserter(database, INSERT_PEER_NAMES);
    this.#stretches = new StretchPacker(database);
  }

  /** Writes the run that `reader` stands before, some of it at `finish`, and leaves it behind. Fills in the name digests inside the batch, and hashes the rows. */
  write(reader: ByteReader, trackId: number, hash: Hash): void {
    const rowCount = reader.uint32();
    const byteCount = reader.uint32();
    const start = reader.offset;
    const names = new ByteReader(reader.bytes);
    names.offset = start + byteCount;
    const stretch = this.#stretches.openOf(trackId);
    for (let index = 0; index < rowCount; index += 1) {
      const row = readCanonicalRow(reader);
      if (row.nameDigest !== null) this.#putName(names, trackId, row.position, row.nameDigest, stretch.after);
      this.#putRow(trackId, row);
      stretch.add(row);
    }
    hash.update(reader.bytes.subarray(start, start + byteCount));
    reader.offset = names.offset;
    this.#written.set(trackId, rowCount + (this.#written.get(trackId) ?? 0));
  }

  /** To be called when all of a batch is written, before its transaction ends. */
  finish(): void {
    this.#rows.flush();
    this.#names.flush();
    for (const [trackId, rows] of this.#written) this.#stretches.inserted(trackId, rows);
    this.#written.clear();
  }

  /** Forgets what was written, so that the next row follows what stands in the file. */
  forget(): void {
    this.#rows.discard();
    this.#names.discard();
    this.#written.clear();
    this.#stretches.forget();
  }

  #putRow(trackId: number, row: TopologyRow): void {
    const rows = this.#rows;
    rows.put(trackId);
    rows.put(row.position);
    rows.put(row.recordedAt);
    rows.put(row.type);
    rows.put(row.version);
    rows.put(row.codec);
    rows.put(row.peer);
    rows.put(row.parent);
    rows.put(row.formerParent);
    rows.put(row.causedBy);
    rows.put(row.cause);
    rows.put(row.amount);
    rows.put(row.depth);
    rows.put(row.nameDigest);
    rows.put(row.detail);
    rows.endRow();
  }

  /** `digest` is a view into the batch: filled in here, it is stored with the row and hashed with the run. */
  #putName(reader: ByteReader, trackId: number, peer: PeerNumber, digest: Uint8Array, stretch: Position): void {
    const { peerId, resumeHash, salt, salted } = readName(reader);
    salt.set(this.#nextSalt());
    digest.set(nameDigest(salted));
    const names = this.#names;
    names.put(trackId);
    names.put(peer);
    names.put(peerId);
    names.put(resumeHash);
    names.put(salt);
    names.put(stretch);
    names.endRow();
  }

  /** Random bytes come by the page: one call for each name would cost more than the name. */
  #nextSalt(): Uint8Array {
    if (this.#saltOffset === this.#salts.length) {
      randomFillSync(this.#salts);
      this.#saltOffset = 0;
    }
    this.#saltOffset += SALT_BYTES;
    return this.#salts.subarray(this.#saltOffset - SALT_BYTES, this.#saltOffset);
  }
}
