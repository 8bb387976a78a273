import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import Database from 'better-sqlite3';

/** As the format of SQLite's rollback journal has them. */
const MAGIC = Buffer.from('d9d505f920a163d7', 'hex');
const SECTOR_BYTES = 512;
const CHECKSUM_STEP = 200;
/** Where the header of a file says how it is written and read. */
const VERSIONS_OFFSET = 18;

/**
 * Leaves a sealed segment as a process does that is killed while SQLite makes it one without a WAL: the first page as it was is in a
 * journal beside the file, and the file may have the new one already.
 */
export function unfinishSeal(file: string, isHeaderWritten: boolean): void {
  chmodSync(file, 0o644);
  const database = new Database(file);
  database.pragma('journal_mode = WAL');
  const pageBytes = database.pragma('page_size', { simple: true }) as number;
  database.close();
  const bytes = readFileSync(file);
  const page = bytes.subarray(0, pageBytes);
  const nonce = 7;
  let checksum = nonce;
  for (let at = pageBytes - CHECKSUM_STEP; at > 0; at -= CHECKSUM_STEP) checksum += page[at] ?? 0;
  const header = Buffer.alloc(SECTOR_BYTES);
  MAGIC.copy(header);
  const records = 1;
  [records, nonce, bytes.length / pageBytes, SECTOR_BYTES, pageBytes].forEach((value, index) => {
    header.writeUInt32BE(value, MAGIC.length + 4 * index);
  });
  writeFileSync(`${file}-journal`, Buffer.concat([header, uint32(1), page, uint32(checksum)]));
  if (!isHeaderWritten) return;
  bytes.fill(1, VERSIONS_OFFSET, VERSIONS_OFFSET + 2);
  writeFileSync(file, bytes);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
