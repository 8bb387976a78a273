import { Command } from 'commander';
import { PeerNames } from '../history/peer-names.js';
import { counted } from '../history/spoken-figures.js';
import { readTimeline } from '../history/timeline.js';
import { timelineJson } from '../history/timeline-json.js';
import { drawTimeline } from './draw-timeline.js';
import { inkForStdout } from './ink.js';
import { knownPeer, knownTrack, readingLog, type TrackOptions, withTrackOptions } from './log-options.js';
import { printJson, printLines } from './print-lines.js';
import { ProgressLine } from './progress-line.js';

interface TimelineOptions extends TrackOptions {
  peer: string;
}

/** `meshledger timeline`: everything that happened to one peer. */
export function timelineCommand(): Command {
  return withTrackOptions(new Command('timeline'))
    .description('everything that happened to one peer, over all its joins')
    .requiredOption('--peer <peer>', 'its peer_id, or "#" and its number')
    .addHelpText(
      'after',
      '\nTimes are UTC. Heartbeats and reports are counted, and silences named; "events --peer" lists each.',
    )
    .action(({ dataDir, track, peer, json }: TimelineOptions) =>
      readingLog(dataDir, async (reader) => {
        const progress = new ProgressLine();
        const head = knownTrack(reader, track);
        const numbers = knownPeer(reader, track, peer);
        const timeline = readTimeline(reader, track, numbers, head.position, progress.of('reading'));
        progress.clear();
        const naming = new PeerNames(reader, track);
        const peerId = naming.peerId(numbers[0] ?? 0);
        if (json) return printJson(timelineJson(track, peerId, timeline, head.position, naming));
        const ink = inkForStdout();
        const asNumbers = numbers.map((number) => `#${String(number)}`).join(', ');
        await printLines([
          `${ink.bold(peerId ?? 'a forgotten peer')} in ${track}, ${counted(numbers.length, 'join')} (${asNumbers}), up to position ${String(head.position)}`,
          '',
        ]);
        return printLines(drawTimeline(timeline, naming, ink));
      }),
    );
}
