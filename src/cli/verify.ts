import { Command } from 'commander';
import { verifyLogFile } from '../event-log/verify-log-file.js';
import { counted, grouped } from '../history/spoken-figures.js';
import type { SqliteEventLogReader } from '../event-log/sqlite-event-log-reader.js';
import { PeerNames } from '../history/peer-names.js';
import { redecideTrack } from '../history/redecide-track.js';
import { redecideJson, type RedecideJson, verifyJson, type VerifyJson } from '../history/verify-json.js';
import { chainIn, type TrackVerdict, verifyTrack } from '../history/verify-track.js';
import { drawTable } from './draw-table.js';
import { type Ink, inkForStdout } from './ink.js';
import { knownTrack, type LogOptions, readingLog, withLogOptions } from './log-options.js';
import { printJson, printLines } from './print-lines.js';
import { ProgressLine } from './progress-line.js';
import { EXIT_FINDING } from './wrong-use.js';

interface VerifyOptions extends LogOptions {
  track?: string;
  redecide?: true;
}

/** `meshledger verify`: proves the log, or names the first thing in it that cannot be right. */
export function verifyCommand(): Command {
  return withLogOptions(new Command('verify'))
    .description('prove the log: hash chain, positions, every event, the tree it makes')
    .option('--track <track>', 'this track alone (default: all)')
    .option('--redecide', 'also take every decision again, by the policy of its day, and compare')
    .addHelpText('after', '\nExits with 1 when a track has a fault, and names the first by track and position.')
    .action((options: VerifyOptions) =>
      readingLog(options.dataDir, async (reader) => {
        const heads = options.track === undefined ? reader.heads() : [knownTrack(reader, options.track)];
        const progress = new ProgressLine();
        const checkChain = chainIn(reader, progress.of('hash chain of'));
        const verdicts = heads.map((head) => verifyTrack(reader, head, checkChain, progress.of('replaying')));
        const redecided = options.redecide === true ? redecideSound(reader, verdicts, progress) : null;
        progress.clear();
        // One track is judged by its own chain; what lies between the tracks is a question about all.
        const json = verifyJson(verdicts, options.track === undefined ? verifyLogFile(reader) : []);
        const isFinding = !json.ok || (redecided?.some(({ difference }) => difference !== null) ?? false);
        if (isFinding) process.exitCode = EXIT_FINDING;
        const ink = inkForStdout();
        if (options.json) await printJson(redecided === null ? json : { ...json, ok: !isFinding, redecided });
        else await printLines([...drawVerdicts(json, ink), ...drawRedecided(redecided ?? [], ink)]);
      }),
    );
}

/** Only of a sound log can decisions be taken again. */
function redecideSound(
  reader: SqliteEventLogReader,
  verdicts: readonly TrackVerdict[],
  progress: ProgressLine,
): RedecideJson[] {
  return verdicts
    .filter(({ fault }) => fault === null)
    .map(({ track, position }) => {
      const verdict = redecideTrack(reader, { track, position }, progress.of('deciding again'));
      return redecideJson(track, verdict, new PeerNames(reader, track));
    });
}

function* drawRedecided(redecided: readonly RedecideJson[], ink: Ink): IterableIterator<string> {
  let decisions = 0;
  let differences = 0;
  for (const { track, decisions: same, difference, unavailable } of redecided) {
    decisions += same;
    for (const { code, position, policy, policy_version: version } of unavailable)
      yield `${code}: track ${track} from position ${String(position)}: policy ${policy} v${String(version)} is not in this build, so its decisions were not taken again`;
    if (difference === null) continue;
    differences += 1;
    yield ink.alert(`difference: track ${track}, position ${String(difference.position)}`);
    yield `  recorded:  ${difference.recorded === null ? 'nothing' : JSON.stringify(difference.recorded)}`;
    yield `  redecided: ${difference.redecided === null ? 'nothing' : JSON.stringify(difference.redecided)}`;
  }
  if (redecided.length > 0)
    yield `decided again: ${counted(decisions, 'decision')}, ${counted(differences, 'difference')}`;
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
