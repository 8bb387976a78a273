import type { Position } from '../domain/ids.js';

/** Another process writes to this data directory. */
export class DataDirectoryLockedError extends Error {
  override readonly name = 'DataDirectoryLockedError';

  constructor(readonly dataDir: string) {
    super(
      `data directory ${dataDir} is in use by another meshledger service: stop that service, or give this one its own directory with --data-dir`,
    );
  }
}

/** The data directory cannot be made, or nothing can be written in it: no such place, no right, no space. */
export class DataDirectoryUnusableError extends Error {
  override readonly name = 'DataDirectoryUnusableError';

  constructor(
    readonly dataDir: string,
    cause: Error,
  ) {
    super(
      `data directory ${dataDir} cannot be written: ${cause.message}: make room and give this user the right to write there, or name another directory with --data-dir`,
      { cause },
    );
  }
}

/** A newer version of Meshledger has written this log; this one would misread it. */
export class LogFormatTooNewError extends Error {
  override readonly name = 'LogFormatTooNewError';

  constructor(
    readonly file: string,
    found: string,
  ) {
    super(`${file} was written by a newer version (${found}): upgrade meshledger to open it`);
  }
}

/** The SQLite engine cannot keep the promises of the log: too old, or a setting did not take. */
export class UnsafeSqliteError extends Error {
  override readonly name = 'UnsafeSqliteError';
}

/** Up to where a track of a damaged file is proven by its hash chain. */
export interface LastGoodPosition {
  readonly track: string;
  readonly position: Position;
}

/** The file is not a readable log: truncated, overwritten, or something else altogether. */
export class DamagedLogFileError extends Error {
  override readonly name = 'DamagedLogFileError';

  constructor(
    readonly file: string,
    readonly fault: string,
    /** As far as the file can still be read; empty when nothing can, null when that was not looked into. */
    readonly lastGood: readonly LastGoodPosition[] | null = null,
  ) {
    super(`${file} is damaged: ${fault}${describe(lastGood)}; restore it from a backup`);
  }
}

const TRACKS_NAMED_MAX = 20;

function describe(lastGood: readonly LastGoodPosition[] | null): string {
  if (lastGood === null) return '';
  if (lastGood.length === 0) return '; no track in it can be read';
  const named = lastGood.slice(0, TRACKS_NAMED_MAX).map(({ track, position }) => `${track} ${String(position)}`);
  const more = lastGood.length - named.length;
  return `; last good positions: ${named.join(', ')}${more > 0 ? ` and ${String(more)} more tracks` : ''}`;
}

/** The events asked for stood in a segment that an operator has removed: what is left begins behind them. */
export class HistoryUnavailableError extends Error {
  override readonly name = 'HistoryUnavailableError';
  /** Of the public contract. */
  readonly code = 'history_unavailable';

  constructor(
    readonly track: string,
    /** First and last position that was asked for and is gone. */
    readonly fromPosition: Position,
    readonly untilPosition: Position,
  ) {
    super(
      `history_unavailable: positions ${String(fromPosition)} to ${String(untilPosition)} of track ${track} were removed by retention; bring back the segments they stand in to read them`,
    );
  }
}
