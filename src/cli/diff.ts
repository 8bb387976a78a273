import { Command } from 'commander';
import { diffOf } from '../history/diff.js';
import { drawDiff } from './draw-diff.js';
import { inkForStdout } from './ink.js';
import { knownTrack, readingLog, type TrackOptions, withTrackOptions } from './log-options.js';
import { printJson, printLines } from './print-lines.js';
import { ProgressLine } from './progress-line.js';
import { parseRange, type RangeOptions, rangeOf, withRangeOptions } from './range-options.js';

/** `meshledger diff`: who joined, left and moved between two moments. */
export function diffCommand(): Command {
  return withRangeOptions(withTrackOptions(new Command('diff')))
    .description('who joined, left and moved between two moments')
    .addHelpText(
      'after',
      '\nA peer has moved when its parent, its depth, or being fed differs between the two moments; who came and went in between is only counted.',
    )
    .action((options: TrackOptions & RangeOptions) => {
      const ends = parseRange(options);
      return readingLog(options.dataDir, (reader) => {
        const head = knownTrack(reader, options.track);
        const progress = new ProgressLine();
        const range = rangeOf(reader, head, ends);
        const diff = diffOf(reader, options.track, range, progress.of('comparing'));
        progress.clear();
        return options.json ? printJson(diff) : printLines(drawDiff(diff, inkForStdout()));
      });
    });
}
