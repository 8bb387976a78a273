import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { namesFile, openingNumbers, segmentFileName, segmentFiles } from './data-directory.js';
import { DamagedLogFileError } from './event-log-errors.js';
import {
  INDEXES_KNOWN_BYTES_MAX,
  READER_CACHE_KIB,
  READER_CACHE_KIB_MIN,
  SEGMENTS_HELD_OPEN_MAX,
} from './event-log-limits.js';
import { openForReading } from './log-file.js';
import { NamesFile } from './names-file.js';
import { OpeningFile } from './opening-file.js';
import type { KnownIndex } from './peer-index.js';
import { RecentlyUsed } from './recently-used.js';
import { withLastGoodPositions } from './salvage.js';
import { isSealed } from './seal-segment.js';
import { SegmentReader, type SegmentedLog } from './segment-reader.js';

/**
 * The files of a data directory as one log, to read. It notices when the writer has cut a new segment or an operator has removed old
 * ones, and holds no more than a few files open.
 */
export class SegmentSet implements SegmentedLog {
  readonly #dataDir: string;
  #segments: readonly SegmentReader[] = [];
  /** Paths of segments known to be sealed, which they are for good. */
  readonly #sealed = new Set<string>();
  #names: NamesFile | null = null;
  #opening: OpeningFile | null = null;
  readonly #known = new RecentlyUsed<KnownIndex>(INDEXES_KNOWN_BYTES_MAX);

  /** @throws DamagedLogFileError when there is no log, a segment between two others is missing, or the names are. */
  constructor(dataDir: string) {
    this.#dataDir = dataDir;
    this.#scan();
  }

  /** As they are now, oldest first. */
  get segments(): readonly SegmentReader[] {
    if (this.#isOutdated()) this.#scan();
    this.#releaseSurplus();
    return this.#segments;
  }

  /** Segments that names stand in: the live one, and one that is on its way to being sealed. Sealed ones are not opened for it. */
  get named(): SegmentReader[] {
    const { segments } = this;
    for (const { file } of segments.slice(0, -1)) if (!this.#sealed.has(file) && isSealed(file)) this.#sealed.add(file);
    return segments.filter((segment) => !this.#sealed.has(segment.file) && segment.hasNames());
  }

  get names(): NamesFile | null {
    // Forgetting somebody moves names out of the first segment too.
    if (this.#names === null && existsSync(namesFile(this.#dataDir))) this.#names = this.#existingNames();
    return this.#names;
  }

  /** What the log begins with when its first segments are gone; null when it begins at the beginning. */
  get opening(): OpeningFile | null {
    return this.#opening;
  }

  /** Lets go of every file; the next read opens what it needs. */
  release(): void {
    for (const segment of this.#segments) segment.release();
    this.#known.clear();
    this.#names?.release();
    this.#opening?.release();
  }

  #isOutdated(): boolean {
    const [first] = this.#segments;
    const live = this.#segments.at(-1);
    if (first === undefined || live === undefined) return true;
    return existsSync(join(this.#dataDir, segmentFileName(live.number + 1))) || !existsSync(first.file);
  }

  #scan(): void {
    const known = new Map(this.#segments.map((segment) => [segment.file, segment]));
    const found = segmentFiles(this.#dataDir).map((file) => known.get(file) ?? this.#segment(file));
    const { segments, openingNumber } = readable(this.#dataDir, found);
    for (const segment of this.#segments) if (!segments.includes(segment)) segment.release();
    // The writer has left the segment that was live; whoever seals it waits until nobody holds it.
    this.#segments.at(-1)?.release();
    this.#segments = segments;
    if ((segments.at(-1)?.number ?? 1) > 1) this.#names ??= this.#existingNames();
    if (openingNumber !== null && this.#opening?.number !== openingNumber) {
      this.#opening?.release();
      this.#opening = new OpeningFile(this.#dataDir, openingNumber);
    }
    if (openingNumber === null) this.#opening = null;
  }

  #segment(file: string): SegmentReader {
    const open = () => withLastGoodPositions(() => openForReading(file, this.#cacheKib()));
    return new SegmentReader(file, open, this.#known);
  }

  /** The more files there are, the less of each is kept. */
  #cacheKib(): number {
    return Math.max(READER_CACHE_KIB_MIN, Math.floor((2 * READER_CACHE_KIB) / Math.max(2, this.#segments.length)));
  }

  #existingNames(): NamesFile {
    const file = namesFile(this.#dataDir);
    if (existsSync(file)) return new NamesFile(file);
    throw new DamagedLogFileError(
      file,
      'it is missing, and with it the names of all peers that joined before the live segment',
      [],
    );
  }

  /** The live segment stays open, because everybody reads it. */
  #releaseSurplus(): void {
    const idle = this.#segments.slice(0, -1).filter((segment) => segment.isOpen);
    if (idle.length < SEGMENTS_HELD_OPEN_MAX) return;
    for (const segment of idle) segment.release();
  }
}

/**
 * The segments that make up the log. With the first one it is whole; without it, it begins where an operator has recorded that
 * it shall: whatever is left before that is being removed.
 */
function readable(
  dataDir: string,
  found: readonly SegmentReader[],
): { segments: SegmentReader[]; openingNumber: number | null } {
  const [first] = found;
  if (first === undefined) throw new DamagedLogFileError(dataDir, 'it holds no log');
  const openingNumber =
    first.number === 1 ? null : (openingNumbers(dataDir).find((number) => number >= first.number) ?? null);
  const segments = openingNumber === null ? [...found] : found.filter(({ number }) => number >= openingNumber);
  segments.forEach((segment, index) => {
    const before = segments[index - 1];
    if (before === undefined || segment.number === before.number + 1) return;
    const missing = join(dataDir, segmentFileName(before.number + 1));
    throw new DamagedLogFileError(missing, 'it is missing between two others', []);
  });
  if (segments.length === 0) throw new DamagedLogFileError(dataDir, 'it holds no segment behind its opening');
  return { segments, openingNumber };
}
