import { Command } from 'commander';
import type { SettingsJson } from '../history/event-json.js';
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

function hasOwn(tracks: readonly TrackSummaryJson[]): boolean {
  return tracks.some(({ settings }) => settings?.ideas !== undefined);
}

function policyText({ policy, policy_version: version, ideas }: SettingsJson): string {
  return `${policy} v${String(version)}${ideas === undefined ? '' : '*'}`;
}

/** Roots, children of one peer, depth. */
function limitsText({ root_peer_count: roots, max_children: children, max_depth: depth }: SettingsJson): string {
  return `${grouped(roots)} / ${grouped(children)} / ${grouped(depth)}`;
}

function* drawTracks(tracks: readonly TrackSummaryJson[]): IterableIterator<string> {
  if (tracks.length === 0) {
    yield 'no tracks yet';
    return;
  }
  yield* drawTable(
    ['TRACK', 'STATE', 'PEERS', 'ROOTS', 'WAITING', 'POSITIONS', 'POLICY', 'LIMITS', 'FIRST EVENT', 'LAST EVENT'],
    tracks.map((track) => [
      track.track,
      track.open ? 'open' : 'closed',
      grouped(track.peer_count),
      grouped(track.root_count),
      grouped(track.waiting_count),
      grouped(track.position),
      track.settings === null ? '-' : policyText(track.settings),
      track.settings === null ? '-' : limitsText(track.settings),
      isoTimestamp(track.first_recorded_at),
      isoTimestamp(track.recorded_at),
    ]),
    new Set([2, 3, 4, 5]),
  );
  yield '';
  yield `${counted(tracks.length, 'track')}; limits are roots / children / depth${hasOwn(tracks) ? '; * with switches of its own' : ''}`;
}
