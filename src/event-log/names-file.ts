import { existsSync } from 'node:fs';
import Database from 'better-sqlite3';
import type { PeerNumber } from '../domain/ids.js';
import { DamagedLogFileError } from './event-log-errors.js';
import { LOCK_WAIT_MS_MAX, NAMES_APPLICATION_ID } from './event-log-limits.js';
import { rollBackHotJournal } from './hot-journal.js';
import { NAMES, NUMBERS_OF_PEER_ID } from './log-queries.js';
import { IDENTITY_COLUMNS_IN_RANGE, IDENTITY_COLUMNS_OF_PEERS } from './page-queries.js';
import type { RowRange } from './row-range.js';
import { isDamage } from './sqlite-code.js';
import {
  identitiesOfColumns,
  nameOfCells,
  type IdentityColumns,
  type IdentityRow,
  type NameCells,
  type NameRow,
} from './stored-cells.js';

/** Names of a log that stand apart from its segments. */
export interface NamesReader {
  /** Names of the peers that joined in the range, without their salts. */
  identities(range: RowRange): IdentityRow[];
  /** The same with their salts, as verification needs them. */
  names(range: RowRange): NameRow[];
  /** Numbers a peer_id has had, ascending. */
  peerNumbers(trackId: number, peerId: string): PeerNumber[];
}

const TABLES = `
  CREATE TABLE IF NOT EXISTS names_meta (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1), log_id TEXT NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS peer_name (
    track_id INTEGER NOT NULL,
    peer INTEGER NOT NULL,
    peer_id TEXT NOT NULL,
    resume_hash TEXT,
    salt BLOB NOT NULL,
    PRIMARY KEY (track_id, peer)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS peer_name_by_peer_id ON peer_name (track_id, peer / 16384, peer_id);
  CREATE TABLE IF NOT EXISTS forgotten (
    track_id INTEGER NOT NULL,
    peer INTEGER NOT NULL,
    done INTEGER NOT NULL,
    PRIMARY KEY (track_id, peer)
  ) STRICT, WITHOUT ROWID`;

/**
 * Opens the file of names to change it, creating it when it is missing: the one file of a log that may change. What is deleted
 * in it is overwritten.
 *
 * @throws DamagedLogFileError when it belongs to another log, or cannot be read.
 */
export function openNamesForWriting(file: string, logId: string): Database.Database {
  const database = new Database(file, { timeout: LOCK_WAIT_MS_MAX });
  try {
    database.pragma('journal_mode = WAL');
    database.pragma('synchronous = FULL');
    database.pragma('secure_delete = ON');
    // Only where it is missing: two threads may do this at once, and a lock that is not needed is not asked for.
    if (database.pragma('application_id', { simple: true }) !== NAMES_APPLICATION_ID) {
      database.transaction(() => {
        database.exec(TABLES);
        database.pragma(`application_id = ${String(NAMES_APPLICATION_ID)}`);
        database.prepare('INSERT OR IGNORE INTO names_meta (only_row, log_id) VALUES (1, ?)').run(logId);
      })();
    }
    const found = database.prepare<[], string>('SELECT log_id FROM names_meta').pluck().get();
    if (found !== logId) throw new DamagedLogFileError(file, `it holds the names of another log, ${String(found)}`);
    return database;
  } catch (error) {
    database.close();
    throw isDamage(error) ? new DamagedLogFileError(file, error.message) : error;
  }
}

/** SQLite counts changes in 32 bits, for each connection anew. */
const VERSIONS_OF_ONE_OPENING = 2 ** 32;

type RangeBinds = [trackId: number, after: number, until: number, limit: number];

interface Statements {
  readonly identityColumns: Database.Statement<[string, number], IdentityColumns>;
  readonly identityColumnsInRange: Database.Statement<[RowRange], IdentityColumns>;
  readonly names: Database.Statement<RangeBinds, NameCells>;
  readonly dataVersion: Database.Statement<[], number>;
  readonly numbers: Database.Statement<[{ track_id: number; peer_id: string }], number>;
}

/** Reads the file of names on a connection of its own. Opened by the first call, and again by the next one after `release`. */
export class NamesFile implements NamesReader {
  #opened: { readonly database: Database.Database; readonly statements: Statements } | null = null;

  #opens = 0;

  constructor(readonly file: string) {}

  /** A file whose making was interrupted has no tables yet, and so holds nobody's name. */
  #isUnfinished(database: Database.Database): boolean {
    return database.pragma('application_id', { simple: true }) !== NAMES_APPLICATION_ID;
  }

  identities(range: RowRange): IdentityRow[] {
    const columns = this.identityColumnsIn(range);
    return columns === undefined ? [] : identitiesOfColumns(columns);
  }

  names({ trackId, after, until, limit }: RowRange): NameRow[] {
    return (this.#read(({ names }) => names.all(trackId, after, until, limit)) ?? []).map(nameOfCells);
  }

  /** Names of these peers, in no particular order; those without a name are missing. */
  identitiesOf(trackId: number, peers: readonly PeerNumber[]): IdentityRow[] {
    const columns = this.identityColumnsOf(trackId, peers);
    return columns === undefined ? [] : identitiesOfColumns(columns);
  }

  /** The same, for a thread that hands them on. */
  identityColumnsOf(trackId: number, peers: readonly PeerNumber[]): IdentityColumns | undefined {
    return this.#read(({ identityColumns }) => identityColumns.get(JSON.stringify(peers), trackId));
  }

  /** Of whoever joined in the range. */
  identityColumnsIn(range: RowRange): IdentityColumns | undefined {
    return this.#read(({ identityColumnsInRange }) => identityColumnsInRange.get(range));
  }

  peerNumbers(trackId: number, peerId: string): PeerNumber[] {
    return this.#read(({ numbers }) => numbers.all({ track_id: trackId, peer_id: peerId })) ?? [];
  }

  /** Another number whenever somebody else has changed the file, or it was opened anew; 0 while it is being made. */
  version(): number {
    const changes = this.#read(({ dataVersion }) => dataVersion.get());
    return changes === undefined ? 0 : this.#opens * VERSIONS_OF_ONE_OPENING + changes;
  }

  release(): void {
    this.#opened?.database.close();
    this.#opened = null;
  }

  #read<Value>(work: (statements: Statements) => Value): Value | undefined {
    try {
      const statements = this.#connected();
      return statements === null ? undefined : work(statements);
    } catch (error) {
      throw isDamage(error) ? new DamagedLogFileError(this.file, error.message) : error;
    }
  }

  #connected(): Statements | null {
    if (this.#opened === null) {
      if (!existsSync(this.file)) throw new DamagedLogFileError(this.file, 'it does not exist');
      rollBackHotJournal(this.file);
      const database = new Database(this.file, { readonly: true, timeout: LOCK_WAIT_MS_MAX });
      if (this.#isUnfinished(database)) {
        database.close();
        return null;
      }
      try {
        this.#opens += 1;
        this.#opened = {
          database,
          statements: {
            identityColumns: database.prepare<[string, number], IdentityColumns>(IDENTITY_COLUMNS_OF_PEERS).raw(),
            identityColumnsInRange: database.prepare<[RowRange], IdentityColumns>(IDENTITY_COLUMNS_IN_RANGE).raw(),
            names: database.prepare<RangeBinds, NameCells>(NAMES).raw(),
            dataVersion: database.prepare<[], number>('PRAGMA data_version').pluck(),
            numbers: database.prepare<[{ track_id: number; peer_id: string }], number>(NUMBERS_OF_PEER_ID).pluck(),
          },
        };
      } catch (error) {
        database.close();
        throw error;
      }
    }
    return this.#opened.statements;
  }
}
