import Database from 'better-sqlite3';
import { DamagedLogFileError, type LastGoodPosition } from './event-log-errors.js';
import { SegmentReader } from './segment-reader.js';
import { verifySegmentChain } from './verify-chain.js';

/** Runs `open`; when it finds the file damaged, the error also says up to where each track is still proven. */
export function withLastGoodPositions<Value>(open: () => Value): Value {
  try {
    return open();
  } catch (error) {
    throw withSalvage(error);
  }
}

/** The same error, and when it is about a damaged file, with the last good position of each track. */
export function withSalvage(error: unknown): unknown {
  if (!(error instanceof DamagedLogFileError) || error.lastGood !== null) return error;
  return new DamagedLogFileError(error.file, error.fault, lastGoodPositions(error.file));
}

/** Up to where each track of a damaged file is proven; empty when not even the tracks can be read. */
function lastGoodPositions(file: string): LastGoodPosition[] {
  try {
    const database = new Database(file, { readonly: true, fileMustExist: true });
    try {
      // Makes SQLite read a file that is shorter than its header says, instead of refusing all of it.
      database.unsafeMode(true);
      database.pragma('writable_schema = ON');
      const segment = new SegmentReader(file, () => database);
      return tracksOf(database).map((track) => ({ track, position: lastGoodPosition(segment, track) }));
    } finally {
      database.close();
    }
  } catch {
    return [];
  }
}

function lastGoodPosition(segment: SegmentReader, track: string): number {
  const report = verifySegmentChain(segment, track);
  return report.ok ? report.position : report.lastGoodPosition;
}

function tracksOf(database: Database.Database): string[] {
  const tracks: string[] = [];
  try {
    for (const name of database.prepare<[], string>('SELECT name FROM track').pluck().iterate()) tracks.push(name);
  } catch {
    // What could be read of the names before the damage is worth having.
  }
  return tracks;
}
