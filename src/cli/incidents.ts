import { Command, Option } from 'commander';
import { type IncidentJson, type IncidentsJson, incidentsOf } from '../history/incidents.js';
import { INCIDENT_KINDS } from '../history/incidents/incident.js';
import { INCIDENT_THRESHOLDS, type IncidentThresholds } from '../history/incidents/thresholds.js';
import { counted } from '../history/spoken-figures.js';
import { type Ink, inkForStdout } from './ink.js';
import { knownTrack, readingLog, type TrackOptions, withTrackOptions } from './log-options.js';
import { wholeNumber } from './number-option.js';
import { printJson, printLines } from './print-lines.js';
import { ProgressLine } from './progress-line.js';
import { parseRange, type RangeOptions, rangeOf, withRangeOptions } from './range-options.js';
import { isoTimestamp, timeOfDay } from './spoken-time.js';
import { EXIT_FINDING } from './wrong-use.js';

/** Names in one line. */
const HIT_NAMED_MAX = 10;
const KIND_WIDTH = Math.max(...INCIDENT_KINDS.map((kind) => kind.length));

/** What each threshold is called on the command line, and what it means. */
const FLAGS: Readonly<Record<keyof IncidentThresholds, readonly [flag: string, says: string]>> = {
  windowMs: ['window-ms', 'departures within so long are one happening'],
  departedPeersMin: ['departed-peers-min', 'departures: so many peers went within the window'],
  departedPercentageMin: ['departed-percentage-min', 'or at least this share of the audience'],
  departedShareFloor: ['departed-share-floor', 'when they are at least so many'],
  interruptedPeersMin: ['interrupted-peers-min', 'interruption: so many peers lost their feed at once'],
  atOnceMs: ['at-once-ms', 'within so long'],
  offloadPointsMin: ['offload-points-min', 'offload_drop: the offload fell by so many percentage points'],
  offloadWindowMs: ['offload-window-ms', 'within so long'],
  offloadAudienceMin: ['offload-audience-min', 'with at least so many peers in the track'],
  waitingMs: ['waiting-ms', 'long_wait: a peer waited for a feed for longer than this'],
  waitingPeersMin: ['waiting-peers-min', 'when at least so many did at the same time'],
  reassignmentsMin: ['reassignments-min', 'restless_peer: a peer was given another parent so many times'],
  reassignmentWindowMs: ['reassignment-window-ms', 'within so long'],
  gapMsMin: ['gap-ms-min', 'service_gap: the service could hear nobody for so long'],
};
const THRESHOLD_NAMES = Object.keys(FLAGS) as (keyof IncidentThresholds)[];

/** `meshledger incidents`: moments worth a look. */
export function incidentsCommand(): Command {
  const command = withRangeOptions(withTrackOptions(new Command('incidents')))
    .description(
      'moments worth a look: mass departures, interruptions, failed forwarders, times the service was away, and more',
    )
    .addHelpText(
      'after',
      '\nEach threshold is also a setting: --window-ms is MESHLEDGER_INCIDENT_WINDOW_MS, and so on. Exits with 1 when there are incidents.',
    );
  for (const name of THRESHOLD_NAMES) command.addOption(thresholdOption(name));
  return command.action((options: TrackOptions & RangeOptions & IncidentThresholds) => {
    const isDirectoryNamed = command.getOptionValueSource('dataDir') === 'cli';
    const replayWords = isDirectoryNamed ? ` --data-dir ${shellWord(options.dataDir)}` : '';
    const ends = parseRange(options);
    return readingLog(options.dataDir, async (reader) => {
      const head = knownTrack(reader, options.track);
      const progress = new ProgressLine();
      const range = rangeOf(reader, head, ends);
      const onProgress = progress.of('looking for incidents in');
      const found = incidentsOf(reader, options.track, range, thresholdsOf(options), onProgress);
      progress.clear();
      if (found.incident_count > 0) process.exitCode = EXIT_FINDING;
      await (options.json ? printJson(found) : printLines(drawIncidents(found, replayWords, inkForStdout())));
    });
  });
}

function thresholdOption(name: keyof IncidentThresholds): Option {
  const [flag, says] = FLAGS[name];
  return new Option(`--${flag} <number>`, says)
    .env(`MESHLEDGER_INCIDENT_${flag.toUpperCase().replaceAll('-', '_')}`)
    .default(INCIDENT_THRESHOLDS[name])
    .argParser(wholeNumber(0));
}

/** Commander names each option as the threshold is named. */
function thresholdsOf(options: IncidentThresholds): IncidentThresholds {
  return Object.fromEntries(THRESHOLD_NAMES.map((name) => [name, options[name]])) as unknown as IncidentThresholds;
}

/** As a shell takes it for one word. */
function shellWord(text: string): string {
  return /^[\w./:@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

function* drawIncidents(
  { incident_count: count, incidents, from, to }: IncidentsJson,
  replayWords: string,
  ink: Ink,
): IterableIterator<string> {
  for (const incident of incidents) yield* drawIncident(incident, replayWords, ink);
  if (count > incidents.length)
    yield `... and ${counted(count - incidents.length, 'more incident')}: ask for a shorter range`;
  yield `${count === 0 ? 'no incident' : counted(count, 'incident')} between positions ${String(from.position)} and ${String(to.position)}`;
}

/** What happened, whom it hit, how it came, and how to see it again. */
function* drawIncident(incident: IncidentJson, replayWords: string, ink: Ink): IterableIterator<string> {
  const { kind, rules, first_position: first, last_position: last, started_at: at, text } = incident;
  const positions = first === last ? String(first) : `${String(first)}-${String(last)}`;
  yield `${ink.dim(isoTimestamp(at))}  ${ink.alert(kind.padEnd(KIND_WIDTH))}  ${text} ${ink.dim(`[${positions}]`)}`;
  if (rules.length > 1) yield `  also a case of: ${rules.slice(1).join(', ')}`;
  if (incident.size > 0) yield `  size: ${counted(incident.size, 'peer')}${hitText(incident)}`;
  yield '  causes:';
  for (const [index, cause] of incident.cause_chain.entries()) {
    const isCut = incident.cause_count > incident.cause_chain.length && index === incident.cause_chain.length - 1;
    if (isCut) yield `    ... and ${counted(incident.cause_count - incident.cause_chain.length, 'fact')} more`;
    yield `    ${String(cause.position)}  ${timeOfDay(cause.recorded_at)}  ${cause.text}`;
    for (const decision of cause.decisions) yield `      -> ${String(decision.position)}  ${decision.text}`;
    const more = cause.decision_count - cause.decisions.length;
    if (more > 0) yield `      -> ... and ${counted(more, 'decision')} more`;
  }
  for (const consequence of incident.consequences)
    yield `  followed by: ${consequence.kind}: ${consequence.text} [${String(consequence.first_position)}-${String(consequence.last_position)}]`;
  yield `  see it again: ${incident.replay}${replayWords}`;
  yield '';
}

/** Names of some of those it hit besides the ones the sentence names. */
function hitText({ hit }: IncidentJson): string {
  if (hit.length === 0) return '';
  const names = hit.slice(0, HIT_NAMED_MAX).map(({ peer, peer_id: peerId }) => peerId ?? `#${String(peer)}`);
  const more = hit.length > names.length ? ', ...' : '';
  return `; hit besides: ${names.join(', ')}${more}`;
}
