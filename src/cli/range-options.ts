import type { Command } from 'commander';
import { systemClock } from '../clock.js';
import type { TrackHead } from '../event-log/event-log.js';
import type { SqliteEventLogReader } from '../event-log/sqlite-event-log-reader.js';
import { askedRange, type MomentRange } from '../history/moment.js';
import type { AskedMoment } from '../history/moment-text.js';
import { MOMENT_ALLOWED, parseMoment } from './parse-time.js';

/** What every verb is given that looks at a part of a log. */
export interface RangeOptions {
  from?: string;
  to?: string;
}

/** Adds `--from` and `--to`. */
export function withRangeOptions(command: Command): Command {
  return command
    .option('--from <moment>', `behind this moment (default: the beginning): ${MOMENT_ALLOWED}`)
    .option('--to <moment>', 'up to and with this moment (default: the head)');
}

/** Both ends as they were asked for, read before the log is opened. @throws WrongUse `invalid_time`. */
export function parseRange({ from, to }: RangeOptions): {
  readonly from: AskedMoment | null;
  readonly to: AskedMoment | null;
} {
  const nowMs = systemClock.wallMs();
  return {
    from: from === undefined ? null : parseMoment(from, nowMs),
    to: to === undefined ? null : parseMoment(to, nowMs),
  };
}

/** The range in the log of a track. @throws HistoryFault, see `askedRange`. */
export function rangeOf(
  reader: SqliteEventLogReader,
  head: TrackHead,
  ends: ReturnType<typeof parseRange>,
): MomentRange {
  return askedRange(reader, head, ends, systemClock.wallMs());
}
