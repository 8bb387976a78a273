import type Database from 'better-sqlite3';
import type { PeerNumber, Position } from '../domain/ids.js';
import { segmentNumber } from './data-directory.js';
import { eventPageOfColumns } from './event-columns.js';
import type { CheckedPage } from './event-page.js';
import { DamagedLogFileError } from './event-log-errors.js';
import { INDEXES_KNOWN_BYTES_MAX } from './event-log-limits.js';
import { headOfCells, type HeadCells, type HeadRow } from './head-row.js';
import { openForReading } from './log-file.js';
import { LOG_META } from './log-queries.js';
import type { KnownIndex } from './peer-index.js';
import { RecentlyUsed } from './recently-used.js';
import type { RowRange } from './row-range.js';
import { SegmentFinder } from './segment-finder.js';
import type { NamesReader } from './names-file.js';
import type { PulseBlockRow } from './pulse-codec.js';
import {
  prepareOpenings,
  prepareStatements,
  type OpeningStatements,
  type RangeBinds,
  type ReadStatements,
} from './segment-statements.js';
import { isSound } from './sound-page.js';
import { isDamage } from './sqlite-code.js';
import {
  blockOfCells,
  commitOfCells,
  identitiesOfColumns,
  nameOfCells,
  topologyRowOfCells,
  trackCommitOfCells,
  type CommitRow,
  type EndsOfTrack,
  type IdentityColumns,
  type IdentityRow,
  type NameRow,
  type TrackCommitRow,
} from './stored-cells.js';
import { typeCode, type TopologyRow } from './topology-row.js';

/** A log as the files it consists of, oldest first; the last one is live. */
export interface SegmentedLog {
  readonly segments: readonly SegmentReader[];
  /** Names that stand in no segment any more; null when there are none yet. */
  readonly names: NamesReader | null;
}

/** What a segment follows. */
export interface SegmentStart {
  /** Of the last commit before it. */
  readonly lastSequence: number;
  readonly digest: Uint8Array;
}

/**
 * The rows of one segment file, page by page. Every call is one short read transaction: a reader that stays in one
 * makes the WAL grow without end. The file is opened by the first call, and again by the next one after `release`. Throws
 * DamagedLogFileError when SQLite cannot read the file.
 */
export class SegmentReader {
  readonly file: string;
  /** 1 and up; not a number for a file that is not named as a segment. */
  readonly number: number;
  readonly #open: () => Database.Database;
  #opened: OpenedSegment | null = null;
  #openings: OpeningStatements | null | undefined;
  /** The one that was asked for last: it never changes, and whoever reads a track asks for it again and again. */
  #lastOpening: { readonly trackId: number; readonly head: HeadRow | null } | null = null;

  /** @param known where indexes by peer are kept, also those of other files. */
  constructor(
    file: string,
    open = (): Database.Database => openForReading(file),
    private readonly known = new RecentlyUsed<KnownIndex>(INDEXES_KNOWN_BYTES_MAX),
  ) {
    this.file = file;
    this.number = segmentNumber(file);
    this.#open = open;
  }

  get database(): Database.Database {
    return this.#connected().database;
  }

  /** Whether the file is held open at present. */
  get isOpen(): boolean {
    return this.#opened !== null;
  }

  get #statements(): ReadStatements {
    return this.#connected().statements;
  }

  #connected(): OpenedSegment {
    if (this.#opened !== null) return this.#opened;
    const database = this.#open();
    this.#opened = { database, statements: this.read(() => prepareStatements(database)), finder: null };
    return this.#opened;
  }

  #openingStatements(): OpeningStatements | null {
    if (this.#openings !== undefined) return this.#openings;
    this.#openings = this.read(() => prepareOpenings(this.database));
    return this.#openings;
  }

  /** Where the segment begins for a track, its head at the cut; null for one that began later, and in the first segment. */
  opening(trackId: number): HeadRow | null {
    if (this.#lastOpening?.trackId === trackId) return this.#lastOpening.head;
    const cells = this.read(() => this.#openingStatements()?.opening.get(trackId));
    const head = cells === undefined ? null : headOfCells(cells);
    this.#lastOpening = { trackId, head };
    return head;
  }

  /** Heads of all tracks at the cut, by number. */
  openings(): HeadRow[] {
    return this.openingCells().map(headOfCells);
  }

  /** The same as they are stored, as verification needs them. */
  openingCells(): HeadCells[] {
    return this.read(() => this.#openingStatements()?.openings.all()) ?? [];
  }

  /** What the segment follows; null for the first one. */
  start(): SegmentStart | null {
    const cells = this.read(() => this.#openingStatements()?.start.get());
    return cells === undefined ? null : { lastSequence: cells.last_sequence, digest: cells.digest };
  }

  trackId(track: string): number | null {
    return this.read(() => this.#statements.trackId.get(track)) ?? null;
  }

  heads(): HeadRow[] {
    return this.read(() => this.#statements.allHeads.all()).map(headOfCells);
  }

  openHeads(): HeadRow[] {
    return this.read(() => this.#statements.openHeads.all()).map(headOfCells);
  }

  head(track: string): HeadRow | null {
    const cells = this.read(() => this.#statements.headOfTrack.get(track));
    return cells === undefined ? null : headOfCells(cells);
  }

  /** At one moment, while the log may be growing. */
  ends(trackId: number): EndsOfTrack {
    const ends = this.read(() => this.#statements.endsOfTrack.get({ track_id: trackId }));
    if (ends === undefined) throw new Error('a query without a condition gives a row');
    return ends;
  }

  /** Topology rows with all their columns, as verification needs them. */
  topologyRows(range: RowRange): TopologyRow[] {
    return this.read(() => this.#statements.topologyRows.all(...bindsOf(range))).map(topologyRowOfCells);
  }

  /** Topology rows for decoding, twice as fast; of a name digest only the length is read. */
  eventPage(range: RowRange): CheckedPage {
    const columns = this.read(() => this.#statements.eventColumns.get(range));
    if (columns === undefined) throw new Error('an aggregate without groups gives a row');
    const page = this.#readable(() => eventPageOfColumns(columns));
    return { ...page, isSound: isSound(page) };
  }

  pulseBlocks(range: RowRange): PulseBlockRow[] {
    return this.read(() => this.#statements.pulseBlocks.all(...bindsOf(range))).map(blockOfCells);
  }

  /** Asks the indexes whom rows are about. */
  find<Found>(ask: (finder: SegmentFinder) => Found): Found {
    const opened = this.#connected();
    return this.read(() => ask((opened.finder ??= new SegmentFinder(opened.database, this.file, this.known))));
  }

  /** First position of the block that holds `position`; null when no block does. */
  blockAt(trackId: number, position: Position): Position | null {
    const cells = this.read(() => this.#statements.blockAtOrBefore.get(trackId, position));
    if (cells === undefined) return null;
    const [firstPosition, count] = cells;
    return firstPosition + count > position ? firstPosition : null;
  }

  /** Names of the peers that joined in the range, without their salts. */
  identities(range: RowRange): IdentityRow[] {
    const columns = this.identityColumnsIn(range);
    return columns === undefined ? [] : this.#readable(() => identitiesOfColumns(columns));
  }

  /** Names of these peers, without their salts, in no particular order; those without a name are missing. */
  identitiesOf(trackId: number, peers: readonly PeerNumber[]): IdentityRow[] {
    const columns = this.identityColumnsOf(trackId, peers);
    return columns === undefined ? [] : this.#readable(() => identitiesOfColumns(columns));
  }

  /** The same, for a thread that hands them on. */
  identityColumnsOf(trackId: number, peers: readonly PeerNumber[]): IdentityColumns | undefined {
    return this.read(() => this.#statements.identityColumns.get(JSON.stringify(peers), trackId));
  }

  /** Of whoever joined in the range. */
  identityColumnsIn(range: RowRange): IdentityColumns | undefined {
    return this.read(() => this.#statements.identityColumnsInRange.get(range));
  }

  /** Identity of the log, and when the segment began, epoch milliseconds. */
  meta(): { readonly logId: string; readonly createdAt: number } {
    const meta = this.read(() => this.database.prepare<[], { log_id: string; created_at: number }>(LOG_META).get());
    if (meta === undefined) throw new DamagedLogFileError(this.file, 'log_meta is empty');
    return { logId: meta.log_id, createdAt: meta.created_at };
  }

  /** Whether a `PeerForgotten` of the peer stands here. */
  isForgotten(trackId: number, peer: PeerNumber): boolean {
    return this.find(({ peers }) => peers.hasEvent(trackId, peer, typeCode('PeerForgotten')));
  }

  /** Whether names still stand in the segment: the live one, and one that is not sealed yet. */
  hasNames(): boolean {
    return this.read(() => this.#statements.anyName.get()) !== undefined;
  }

  /** Of all tracks; 0 without any. */
  lastRecordedAt(): number {
    return this.read(() => this.#statements.lastRecordedAt.get()) ?? 0;
  }

  /** Names of the peers that joined in the range, as verification needs them. */
  names(range: RowRange): NameRow[] {
    return this.read(() => this.#statements.names.all(...bindsOf(range))).map(nameOfCells);
  }

  /** Numbers a peer_id has had, ascending. */
  peerNumbers(trackId: number, peerId: string): PeerNumber[] {
    return this.read(() => this.#statements.numbersOfPeerId.all({ track_id: trackId, peer_id: peerId }));
  }

  /** Commits of a track that begin behind `after`. */
  commits(trackId: number, after: Position, limit: number): CommitRow[] {
    return this.read(() => this.#statements.commitsOfTrack.all(trackId, after, limit)).map(commitOfCells);
  }

  /** The commit that begins at `position` or last before it. */
  commitAtOrBefore(trackId: number, position: Position): CommitRow | null {
    const cells = this.read(() => this.#statements.commitAtOrBefore.get(trackId, position));
    return cells === undefined ? null : commitOfCells(cells);
  }

  /** Commits of all tracks behind a sequence. */
  commitsAfter(sequence: number, limit: number): TrackCommitRow[] {
    return this.read(() => this.#statements.commitsAfterSequence.all(sequence, limit)).map(trackCommitOfCells);
  }

  /** The last commit of the file; null when it holds none. */
  lastCommit(): TrackCommitRow | null {
    const cells = this.read(() => this.#statements.lastCommit.get());
    return cells === undefined ? null : trackCommitOfCells(cells);
  }

  #readable<Page>(parse: () => Page): Page {
    try {
      return parse();
    } catch {
      throw new DamagedLogFileError(
        this.file,
        'a page of rows holds text that is no UTF-8, or no number where one belongs',
      );
    }
  }

  /** Runs a read and names the file when SQLite finds it broken. */
  read<Value>(work: () => Value): Value {
    try {
      return work();
    } catch (error) {
      throw isDamage(error) ? new DamagedLogFileError(this.file, error.message) : error;
    }
  }

  /** Lets go of the file; the next read opens it again. */
  release(): void {
    this.#opened?.database.close();
    this.#opened = null;
    this.#openings = undefined;
    this.#lastOpening = null;
  }
}

interface OpenedSegment {
  readonly database: Database.Database;
  readonly statements: ReadStatements;
  /** Made when somebody first asks. */
  finder: SegmentFinder | null;
}

function bindsOf({ trackId, after, until, limit }: RowRange): RangeBinds {
  return [trackId, after, until, limit];
}
