/** Version of the log's tables and codecs. A log of a higher version is refused, never guessed at. */
export const LOG_FORMAT_VERSION = 1;
/** Marks our files (`PRAGMA application_id`, "MLdg"): a foreign SQLite file is not taken for a log. */
export const LOG_APPLICATION_ID = 0x4d4c6467;
/** Marks the file of names ("MLnm"). */
export const NAMES_APPLICATION_ID = 0x4d4c6e6d;
/** Marks what a log begins with whose first segments are gone ("MLop"). */
export const OPENING_APPLICATION_ID = 0x4d4c6f70;
/** Older engines have the WAL-reset bug, which corrupts files. */
export const SQLITE_VERSION_MIN = '3.51.3';
/** Bytes of a page of the log. Measured in docs/adr/0001-event-log-shape.md. */
export const LOG_PAGE_BYTES = 4096;
/** KiB of pages the writer keeps in memory: the ends of the tables, which commits touch. With 64 MiB a thousand tracks were written no faster. */
export const LOG_CACHE_KIB = 16 * 1024;
/** The same for a reader, for each of two files and shared by more. */
export const READER_CACHE_KIB = 16 * 1024;
/** What each file is kept at least: SQLite's own choice. */
export const READER_CACHE_KIB_MIN = 2 * 1024;
/** Pages in the WAL at which a commit moves them into the log file, which keeps the WAL bounded. */
export const WAL_AUTOCHECKPOINT_PAGES = 1000;
/** Bytes the WAL is cut to after a burst made it longer. */
export const WAL_KEPT_BYTES_MAX = 64 * 1024 * 1024;
/** Milliseconds to wait for somebody else's lock on the log file, such as a backup's. */
export const LOCK_WAIT_MS_MAX = 5_000;
/** Pulses in one block; a longer run is stored as several. */
export const PULSES_PER_BLOCK_MAX = 65_536;
/** Topology rows of a track whose index is packed into one row. Measured in docs/adr/0012-packed-stretches.md. */
export const ROWS_PER_STRETCH = 2_048;
/** Tracks whose rows the writer remembers until they are packed: about 100 kB of each, of a stretch that is nearly full. */
export const STRETCHES_REMEMBERED_MAX = 128;
/** Rows that one index can tell apart: two bytes hold the place of a row and how it names a peer. */
export const STRETCH_ROWS_MAX = 16_384;
/** Positions that are looked through at once where no index is packed; they hold as many rows at most. */
export const POSITIONS_PER_SCAN = STRETCH_ROWS_MAX;
/** Bytes a reader keeps of indexes by peer: those of some three million rows. */
export const INDEXES_KNOWN_BYTES_MAX = 32 * 1024 * 1024;
/** Rows one read transaction fetches; it ends before they are handed on, so that no reader holds the WAL. */
export const ROWS_PER_PAGE = 2_000;
/** Pulse blocks and commits per read transaction. */
export const BLOCKS_PER_PAGE = 64;
/** Positions whose pulse blocks are looked through at once for those of one peer: the beginnings of their blocks are one read transaction. */
export const PULSE_POSITIONS_PER_SPAN = 131_072;
/** Bytes a reader keeps of whose pulses are where: those of some 15 million pulses. */
export const PULSE_PEERS_CACHED_BYTES_MAX = 32 * 1024 * 1024;
/** Track heads the store keeps in memory. */
export const HEADS_CACHED_MAX = 20_000;
/** Names a reader keeps of those that it looked up: about 200 bytes each. */
export const NAMES_CACHED_MAX = 200_000;
/** Characters of a resume hash; SHA-256 in hex takes 64. */
export const RESUME_HASH_LENGTH_MAX = 128;
/** Milliseconds without an answer after which the log's worker is given up and restarted. */
export const WORKER_ANSWER_MS_MAX = 30_000;
/** Segments besides the live one that a reader holds open. */
export const SEGMENTS_HELD_OPEN_MAX = 16;
/** Names that move out of a segment in one transaction. */
export const NAMES_PER_MOVE = 10_000;
/** How often the sealing of a segment that somebody reads is tried, and how long apart, milliseconds. */
export const SEAL_ATTEMPTS_MAX = 60;
export const SEAL_RETRY_MS = 1_000;
/** Snapshots kept of one track; beyond it they are thinned, evenly over its history. */
export const SNAPSHOTS_PER_TRACK_MAX = 512;
/** Bytes of snapshots kept of one track. */
export const SNAPSHOT_BYTES_PER_TRACK_MAX = 256 * 1024 * 1024;
/** Pages of a file in use that are copied before the thread does anything else. */
export const COPY_PAGES_PER_STEP = 2_000;
/** Memory of the thread that takes snapshots for what it has just made, which it keeps once it had it. MiB. */
export const SNAPSHOT_YOUNG_MB_MAX = 6;
