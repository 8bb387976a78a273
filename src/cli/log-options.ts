import { existsSync, statSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { isPeerId, type PeerNumber } from '../domain/ids.js';
import { segmentFiles } from '../event-log/data-directory.js';
import type { EventLogReader, TrackHead } from '../event-log/event-log.js';
import { PagesAhead } from '../event-log/pages-ahead.js';
import { openEventLogReader, type SqliteEventLogReader } from '../event-log/sqlite-event-log-reader.js';
import { WrongUse } from './wrong-use.js';

/** Tracks an error message names. */
const TRACKS_NAMED_MAX = 8;

/** What every verb that reads the log is given. */
export interface LogOptions {
  dataDir: string;
  json?: true;
}

export interface TrackOptions extends LogOptions {
  track: string;
}

/** Adds `--data-dir` and `--json`. */
export function withLogOptions(command: Command, jsonSays = 'print one JSON document'): Command {
  return command
    .addOption(
      new Option('--data-dir <dir>', 'data directory, also of a running service')
        .env('MESHLEDGER_DATA_DIR')
        .default('./data'),
    )
    .option('--json', jsonSays);
}

/** Adds `--track` as well. */
export function withTrackOptions(command: Command, jsonSays?: string): Command {
  return withLogOptions(command.requiredOption('--track <track>', 'track to look at'), jsonSays);
}

/**
 * Opens the log of a data directory for reading, and closes it whatever happens. A service may be writing it meanwhile.
 *
 * @throws WrongUse when there is no such directory, or no log in it.
 */
export async function readingLog<Answer>(
  dataDir: string,
  use: (reader: SqliteEventLogReader) => Answer | Promise<Answer>,
): Promise<Answer> {
  if (!existsSync(dataDir) || !statSync(dataDir).isDirectory())
    throw new WrongUse(
      `there is no data directory ${dataDir}: name one with --data-dir or MESHLEDGER_DATA_DIR`,
      'no_data_directory',
    );
  if (segmentFiles(dataDir).length === 0)
    throw new WrongUse(
      `data directory ${dataDir} holds no log: name one that a service has written, with --data-dir or MESHLEDGER_DATA_DIR`,
      'no_data_directory',
    );
  const reader = openEventLogReader(dataDir, { pagesAhead: new PagesAhead() });
  try {
    return await use(reader);
  } finally {
    reader.close();
  }
}

/** Head of the track. @throws WrongUse when the log does not know it, naming some it knows. */
export function knownTrack(reader: EventLogReader, track: string): TrackHead {
  const head = reader.head(track);
  if (head !== null) return head;
  const names = reader.heads().map((known) => known.track);
  const some = names.slice(0, TRACKS_NAMED_MAX).join(', ');
  const more =
    names.length > TRACKS_NAMED_MAX
      ? ` and ${String(names.length - TRACKS_NAMED_MAX)} more (see meshledger tracks)`
      : '';
  throw new WrongUse(
    names.length === 0 ? `no track "${track}": the log is empty` : `no track "${track}"; allowed is ${some}${more}`,
    'unknown_track',
  );
}

/**
 * All numbers a peer has had in the track, ascending.
 *
 * @param peer a peer_id, or `#` and a number, which also finds a forgotten peer.
 * @throws WrongUse when no such peer ever joined.
 */
export function knownPeer(reader: EventLogReader, track: string, peer: string): PeerNumber[] {
  const [, digits] = /^#(\d+)$/.exec(peer) ?? [];
  const numbers = digits === undefined ? namedPeer(reader, track, peer) : numberedPeer(reader, track, Number(digits));
  if (numbers.length > 0) return numbers;
  throw new WrongUse(
    `no peer "${peer}" ever joined track "${track}"; allowed is a peer_id as "meshledger tree --track ${track}" shows them, or # and a number`,
    'unknown_peer',
  );
}

function namedPeer(reader: EventLogReader, track: string, peerId: string): PeerNumber[] {
  return isPeerId(peerId) ? reader.peerNumbers(track, peerId) : [];
}

/** A peer's number is the position of its join. */
function numberedPeer(reader: EventLogReader, track: string, peer: PeerNumber): PeerNumber[] {
  if (peer < 1 || !Number.isSafeInteger(peer)) return [];
  const [event] = reader.topologyEvents({ track, afterPosition: peer - 1, untilPosition: peer });
  return event?.type === 'PeerJoined' ? [peer] : [];
}
