import { Command } from 'commander';
import { verifyLogFile } from '../event-log/verify-log-file.js';
import { counted, grouped } from '../history/spoken-figures.js';
import { verifyJson, type VerifyJson } from '../history/verify-json.js';
import { chainIn, verifyTrack } from '../history/verify-track.js';
import { drawTable } from './draw-table.js';
import { type Ink, inkForStdout } from './ink.js';
import { knownTrack, type LogOptions, readingLog, withLogOptions } from './log-options.js';
import { printJson, printLines } from './print-lines.js';
import { ProgressLine } from './progress-line.js';
import { EXIT_FINDING } from './wrong-use.js';

interface VerifyOptions extends LogOptions {
  track?: string;
}

/** `meshledger verify`: proves the log, or names the first thing in it that cannot be right. */
export function verifyCommand(): Command {
  return withLogOptions(new Command('verify'))
    .description('prove the log: hash chain, positions, every event, the tree it makes')
    .option('--track <track>', 'this track alone (default: all)')
    .addHelpText('after', '\nExits with 1 when a track has a fault, and names the first by track and position.')
    .action((options: VerifyOptions) =>
      readingLog(options.dataDir, async (reader) => {
        const heads = options.track === undefined ? reader.heads() : [knownTrack(reader, options.track)];
        const progress = new ProgressLine();
        const checkChain = chainIn(reader, progress.of('hash chain of'));
        const verdicts = heads.map((head) => verifyTrack(reader, head, checkChain, progress.of('replaying')));
        progress.clear();
        // One track is judged by its own chain; what lies between the tracks is a question about all.
        const json = verifyJson(verdicts, options.track === undefined ? verifyLogFile(reader) : []);
        if (!json.ok) process.exitCode = EXIT_FINDING;
        if (options.json) await printJson(json);
        else await printLines(drawVerdicts(json, inkForStdout()));
      }),
    );
}

function* drawVerdicts(verdict: VerifyJson, ink: Ink): IterableIterator<string> {
  const { first_fault: fault } = verdict;
  if (verdict.tracks.length > 0) {
    yield* drawTable(
      ['TRACK', 'POSITIONS', 'TOPOLOGY EVENTS', 'PULSES', 'STATE HASH'],
      verdict.tracks.map((track) => [
        track.track,
        grouped(track.position),
        track.fault === null ? grouped(track.topology_events) : '-',
        track.fault === null ? grouped(track.pulses) : '-',
        track.state_hash ?? `FAULT at position ${String(track.fault?.position)}: ${String(track.fault?.fault)}`,
      ]),
      new Set([1, 2, 3]),
    );
    yield '';
  }
  for (const { file, fault: logFault } of verdict.log_faults) yield ink.alert(`fault in ${file}: ${logFault}`);
  if (verdict.ok) {
    yield `verified: ${counted(verdict.track_count, 'track')}, ${counted(verdict.event_count, 'event')}, no fault`;
    return;
  }
  if (fault === null) return;
  const more = verdict.tracks.filter((track) => track.fault !== null).length - 1;
  const others = more > 0 ? ` (and ${counted(more, 'more faulty track')})` : '';
  yield ink.alert(`first fault: track ${fault.track}, position ${String(fault.position)}: ${fault.fault}${others}`);
}
