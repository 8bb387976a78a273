import { Command } from 'commander';
import { counted, grouped } from '../history/spoken-figures.js';
import { trackSummary, type TrackSummaryJson } from '../history/track-summary.js';
import { drawTable } from './draw-table.js';
import { type LogOptions, readingLog, withLogOptions } from './log-options.js';
import { printJson, printLines } from './print-lines.js';
import { ProgressLine } from './progress-line.js';
import { isoTimestamp } from './spoken-time.js';

/** `meshledger tracks`: what a data directory holds. */
export function tracksCommand(): Command {
  return withLogOptions(new Command('tracks'))
    .description('tracks in a data directory: peers, positions, time range')
    .action((options: LogOptions) =>
      readingLog(options.dataDir, async (reader) => {
        const progress = new ProgressLine();
        const heads = reader.heads();
        const tracks = heads.map((head, index) => {
          progress.update(`track ${String(index + 1)} of ${String(heads.length)}: ${head.track}`);
          return trackSummary(reader, head);
        });
        progress.clear();
        if (options.json) await printJson({ tracks });
        else await printLines(drawTracks(tracks));
      }),
    );
}

function* drawTracks(tracks: readonly TrackSummaryJson[]): IterableIterator<string> {
  if (tracks.length === 0) {
    yield 'no tracks yet';
    return;
  }
  yield* drawTable(
    ['TRACK', 'STATE', 'PEERS', 'ROOTS', 'WAITING', 'POSITIONS', 'FIRST EVENT', 'LAST EVENT'],
    tracks.map((track) => [
      track.track,
      track.open ? 'open' : 'closed',
      grouped(track.peer_count),
      grouped(track.root_count),
      grouped(track.waiting_count),
      grouped(track.position),
      isoTimestamp(track.first_recorded_at),
      isoTimestamp(track.recorded_at),
    ]),
    new Set([2, 3, 4, 5]),
  );
  yield '';
  yield counted(tracks.length, 'track');
}
