import type { TrackHead } from '../event-log/event-log.js';
import { HistoryUnavailableError } from '../event-log/event-log-errors.js';
import type { SqliteEventLogReader } from '../event-log/sqlite-event-log-reader.js';
import { stateHash } from '../event-log/state-hash.js';
import { eventJson } from '../history/event-json.js';
import { PeerNames } from '../history/peer-names.js';
import { namingTrack, reporting, treeAt } from '../history/tree-at.js';
import { EXPORT_VERSION, type ExportHeader } from '../maintenance/exported-track.js';
import { Command } from 'commander';
import { knownTrack, readingLog, type TrackOptions, withTrackOptions } from './log-options.js';
import { printLines } from './print-lines.js';
import { ProgressLine } from './progress-line.js';

/** `meshledger export`: a whole track as NDJSON on stdout, a header first. */
export function exportCommand(): Command {
  return withTrackOptions(new Command('export'), 'changes nothing: an export is NDJSON in any case')
    .description('a track as NDJSON, to be imported elsewhere')
    .addHelpText(
      'after',
      '\nThe first line says what it is; then one event a line. Hashes of resume tokens stay in the log.',
    )
    .action((options: TrackOptions) =>
      readingLog(options.dataDir, async (reader) => {
        const head = knownTrack(reader, options.track);
        const begun = reader.opening(head.track)?.position ?? 0;
        if (begun > 0) throw new HistoryUnavailableError(head.track, 1, begun);
        const progress = new ProgressLine();
        await printLines(exportedLines(reader, head, progress));
        progress.clear();
      }),
    );
}

function* exportedLines(
  reader: SqliteEventLogReader,
  { track, position }: TrackHead,
  progress: ProgressLine,
): IterableIterator<string> {
  const hash = stateHash(treeAt(reader, track, position, progress.of('replaying')));
  const header: ExportHeader = { meshledger_export: EXPORT_VERSION, track, position, state_hash: hash };
  yield JSON.stringify(header);
  const names = new PeerNames(reader, track);
  const events = reporting(
    reader.events({ track, afterPosition: 0, untilPosition: position }),
    track,
    position,
    progress.of('exporting'),
  );
  for (
    let next = namingTrack(track, () => events.next());
    next.done !== true;
    next = namingTrack(track, () => events.next())
  ) {
    names.learn(next.value);
    yield JSON.stringify(eventJson(track, next.value, names));
  }
}
