import { Command } from 'commander';
import type { Choice } from '../domain/decision-trace.js';
import type { TrackHead } from '../event-log/event-log.js';
import type { ExpectedHead } from '../event-log/verify-ends.js';
import { verifyLogFile } from '../event-log/verify-log-file.js';
import { counted, grouped } from '../history/spoken-figures.js';
import type { SqliteEventLogReader } from '../event-log/sqlite-event-log-reader.js';
import { PeerNames } from '../history/peer-names.js';
import { DIFFERENCES_MAX, type RedecideDifference, redecideTrack } from '../history/redecide-track.js';
import { choiceAt } from '../history/explain.js';
import { redecideJson, type RedecideJson, verifyJson, type VerifyJson } from '../history/verify-json.js';
import { chainIn, lostTrack, type TrackVerdict, verifyTrack } from '../history/verify-track.js';
import { drawChoice } from './draw-explanation.js';
import { drawTable } from './draw-table.js';
import { readExpectedHeads } from './expected-heads.js';
import { type Ink, inkForStdout } from './ink.js';
import { knownTrack, type LogOptions, readingLog, withLogOptions } from './log-options.js';
import { printJson, printLines } from './print-lines.js';
import { ProgressLine } from './progress-line.js';
import { EXIT_FINDING } from './wrong-use.js';

interface VerifyOptions extends LogOptions {
  track?: string;
  redecide?: true;
  expectHead?: string;
}

const HEADS_NOTE = `
--expect-head takes lines of JSON: the service log as it is (its "heads" lines, one a minute), what "tracks --json" printed,
or lines {"track","position","hash"}. Kept elsewhere, they show a log that was rewritten together with its own heads.`;

/** `meshledger verify`: proves the log, or names the first thing in it that cannot be right. */
export function verifyCommand(): Command {
  return withLogOptions(new Command('verify'))
    .description('prove the log: hash chain, positions, every event, the tree it makes')
    .option('--track <track>', 'this track alone (default: all)')
    .option('--redecide', 'also take every decision again, by the policy of its day, and compare')
    .option('--expect-head <file>', 'heads kept elsewhere, which the log must still pass through (see below)')
    .addHelpText('after', HEADS_NOTE)
    .addHelpText('after', '\nExits with 1 when a track has a fault, and names the first by track and position.')
    .action((options: VerifyOptions) => {
      const expected =
        options.expectHead === undefined ? new Map<string, never[]>() : readExpectedHeads(options.expectHead);
      return readingLog(options.dataDir, async (reader) => {
        const heads = options.track === undefined ? reader.heads() : [knownTrack(reader, options.track)];
        const progress = new ProgressLine();
        const checkChain = chainIn(reader, progress.of('hash chain of'), expected);
        const verdicts = [
          ...heads.map((head) => verifyTrack(reader, head, checkChain, progress.of('replaying'))),
          ...(options.track === undefined ? lostTracks(expected, heads) : []),
        ];
        const redecided = options.redecide === true ? redecideSound(reader, verdicts, progress) : null;
        progress.clear();
        // One track is judged by its own chain; what lies between the tracks is a question about all.
        const json = verifyJson(verdicts, options.track === undefined ? verifyLogFile(reader) : []);
        const isFinding = !json.ok || (redecided?.some(({ difference }) => difference !== null) ?? false);
        if (isFinding) process.exitCode = EXIT_FINDING;
        const ink = inkForStdout();
        if (options.json) await printJson(redecided === null ? json : { ...json, ok: !isFinding, redecided });
        else await printLines([...drawVerdicts(json, ink), ...drawRedecided(redecided ?? [], ink)]);
      });
    });
}

function lostTracks(
  expected: ReadonlyMap<string, readonly ExpectedHead[]>,
  heads: readonly TrackHead[],
): TrackVerdict[] {
  const known = new Set(heads.map(({ track }) => track));
  return [...expected].flatMap(([track, [seen]]) =>
    known.has(track) || seen === undefined ? [] : [lostTrack(track, seen)],
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
      const choiceOf = ({ commandPosition, position: at }: RedecideDifference): Choice | null =>
        choiceAt(reader, track, commandPosition, at);
      return redecideJson(track, verdict, new PeerNames(reader, track), choiceOf);
    });
}

function* drawRedecided(redecided: readonly RedecideJson[], ink: Ink): IterableIterator<string> {
  let decisions = 0;
  let differences = 0;
  for (const { track, decisions: same, differences: found, unavailable } of redecided) {
    decisions += same;
    for (const { code, position, policy, policy_version: version } of unavailable)
      yield `${code}: track ${track} from position ${String(position)}: policy ${policy} v${String(version)} is not in this build, so its decisions were not taken again`;
    for (const { position, recorded, redecided: again, explanation } of found) {
      differences += 1;
      yield ink.alert(`difference: track ${track}, position ${String(position)}`);
      yield `  recorded:  ${recorded === null ? 'nothing' : JSON.stringify(recorded)}`;
      yield `  redecided: ${again === null ? 'nothing' : JSON.stringify(again)}`;
      if (explanation !== null) yield* drawChoice(explanation);
    }
    if (found.length === DIFFERENCES_MAX)
      yield `  and perhaps more: ${track} was not decided again behind the last of these`;
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
