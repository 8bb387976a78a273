import { Command, Option } from 'commander';
import { systemClock } from '../clock.js';
import { stateHash } from '../event-log/state-hash.js';
import type { SqliteEventLogReader } from '../event-log/sqlite-event-log-reader.js';
import { askedMoment } from '../history/moment.js';
import { counted } from '../history/spoken-figures.js';
import { livenessAt, treeAt } from '../history/tree-at.js';
import { type LivenessView, treeJson, type TreeJson } from '../history/tree-json.js';
import { drawTree } from './draw-tree.js';
import { type Ink, inkForStdout } from './ink.js';
import { knownTrack, readingLog, type TrackOptions, withTrackOptions } from './log-options.js';
import { wholeNumber } from './number-option.js';
import { parseTime, TIME_ALLOWED } from './parse-time.js';
import { printJson, printLines } from './print-lines.js';
import { ProgressLine } from './progress-line.js';
import { isoTimestamp } from './spoken-time.js';

interface TreeOptions extends TrackOptions {
  at?: string;
  position?: number;
  liveness?: true;
}

/** `meshledger tree`: who relays to whom, now or at any moment of the past. */
export function treeCommand(): Command {
  return withTrackOptions(new Command('tree'))
    .description('the relay tree of a track, now or at a moment of the past')
    .addOption(new Option('--at <time>', `as of a time: ${TIME_ALLOWED}`).conflicts('position'))
    .addOption(
      new Option('--position <position>', 'as of a position of the log; 0 is before the first event').argParser(
        wholeNumber(0),
      ),
    )
    .option('--liveness', 'also read heartbeats and forward reports; overdue is judged at the moment shown')
    .addHelpText('after', '\nEach line: peer, role, depth, children/effective capacity.')
    .action((options: TreeOptions) => {
      // A wrong time is told before the log is opened.
      const timeMs = options.at === undefined ? null : parseTime(options.at, systemClock.wallMs());
      return readingLog(options.dataDir, (reader) => showTree(reader, options, timeMs));
    });
}

async function showTree(reader: SqliteEventLogReader, options: TreeOptions, timeMs: number | null): Promise<void> {
  const { track } = options;
  const head = knownTrack(reader, track);
  const asked = timeMs === null ? { position: options.position ?? head.position } : { timeMs };
  const { position, recordedAt } = askedMoment(reader, head, asked, systemClock.wallMs());
  const progress = new ProgressLine();
  const tree = treeAt(reader, track, position, progress.of('folding'));
  const view: LivenessView | null = options.liveness
    ? {
        liveness: livenessAt(reader, track, tree, position, progress.of('reading pulses of')),
        atMs: timeMs ?? recordedAt ?? 0,
      }
    : null;
  progress.clear();
  const json = treeJson(track, tree, position, recordedAt, stateHash(tree), view);
  if (options.json) return printJson(json);
  const ink = inkForStdout();
  await printLines(heading(json, ink));
  return printLines(drawTree(tree, view, ink));
}

function* heading(tree: TreeJson, ink: Ink): IterableIterator<string> {
  const time = tree.recorded_at === null ? 'before the first event' : isoTimestamp(tree.recorded_at);
  yield `${ink.bold(tree.track)}  position ${String(tree.position)}  ${time}`;
  yield [
    counted(tree.peer_count, 'peer'),
    counted(tree.root_count, 'root'),
    `${String(tree.waiting_count)} waiting`,
    `offload ${String(tree.offload_percentage)} %`,
    `depth ${String(tree.max_depth_seen)}`,
  ].join(' · ');
  yield ink.dim(`state hash ${tree.state_hash}`);
  yield '';
}
