import { Command } from 'commander';
import { PeerNames } from '../history/peer-names.js';
import { counted } from '../history/spoken-figures.js';
import { PULSES_LISTED_MAX, readTimeline } from '../history/timeline.js';
import { timelineJson } from '../history/timeline-json.js';
import { drawTimeline } from './draw-timeline.js';
import { inkForStdout } from './ink.js';
import { knownPeer, knownTrack, readingLog, type TrackOptions, withTrackOptions } from './log-options.js';
import { printJson, printLines } from './print-lines.js';
import { parseRange, type RangeOptions, rangeOf, withRangeOptions } from './range-options.js';

interface TimelineOptions extends TrackOptions, RangeOptions {
  peer: string;
  pulses?: true;
}

/** `meshledger timeline`: everything that happened to one peer. */
export function timelineCommand(): Command {
  return withRangeOptions(withTrackOptions(new Command('timeline')))
    .description('everything that happened to one peer, over all its joins')
    .requiredOption('--peer <peer>', 'its peer_id, or "#" and its number')
    .option(
      '--pulses',
      `list each heartbeat and report instead of counts and silences, at most ${counted(PULSES_LISTED_MAX, 'pulse')}`,
    )
    .addHelpText(
      'after',
      '\nTimes are UTC. A time without a fed parent runs from the last sign of the feed until the peer was assigned anew; how long its link then took, no log knows.',
    )
    .action((options: TimelineOptions) => {
      const ends = parseRange(options);
      const { dataDir, track, peer, json } = options;
      return readingLog(dataDir, async (reader) => {
        const head = knownTrack(reader, track);
        const numbers = knownPeer(reader, track, peer);
        const { from, to } = rangeOf(reader, head, ends);
        const told = { afterPosition: from.position, untilPosition: to.position, eachPulse: options.pulses === true };
        const timeline = readTimeline(reader, track, numbers, told);
        const naming = new PeerNames(reader, track);
        const peerId = naming.peerId(numbers[0] ?? 0);
        if (json) return printJson(timelineJson(track, peerId, timeline, to, naming));
        const ink = inkForStdout();
        const joins = timeline.numbers.map((number) => `#${String(number)}`);
        const spokenJoins = joins.length === 0 ? 'no join' : `${counted(joins.length, 'join')} (${joins.join(', ')})`;
        await printLines([
          `${ink.bold(peerId ?? 'a forgotten peer')} in ${track}, ${spokenJoins}, up to position ${String(to.position)}`,
          '',
        ]);
        return printLines(drawTimeline(timeline, to, naming, ink));
      });
    });
}
