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
import { isoTimestamp } from './spoken-time.js';
import { EXIT_FINDING } from './wrong-use.js';

const KIND_WIDTH = Math.max(...INCIDENT_KINDS.map((kind) => kind.length));

/** What each threshold is called on the command line, and what it means. */
const FLAGS: Readonly<Record<keyof IncidentThresholds, readonly [flag: string, says: string]>> = {
  windowMs: ['window-ms', 'failures or joins within so long are one happening'],
  failedPeersMin: ['failed-peers-min', 'mass_failure: so many peers failed or lost their feed at once'],
  failedPercentageMin: ['failed-percentage-min', 'and at least this share of the audience'],
  waitingPeersMin: ['waiting-peers-min', 'long_wait: so many peers waited for a slot'],
  waitingPercentageMin: ['waiting-percentage-min', 'and at least this share of the audience'],
  waitingMsMin: ['waiting-ms-min', 'for at least so long'],
  gapMsMin: ['gap-ms-min', 'service_gap: the service could hear nobody for so long'],
  crowdJoinsMin: ['crowd-joins-min', 'flash_crowd: so many joins within the window'],
  crowdPercentageMin: ['crowd-percentage-min', 'and at least this share of the audience before'],
  flapsMin: ['flaps-min', 'flapping_peer: a peer came back so many times'],
  flapWindowMs: ['flap-window-ms', 'within so long'],
};
const THRESHOLD_NAMES = Object.keys(FLAGS) as (keyof IncidentThresholds)[];

/** `meshledger incidents`: moments worth a look. */
export function incidentsCommand(): Command {
  const command = withRangeOptions(withTrackOptions(new Command('incidents')))
    .description('moments worth a look: mass failures, free-riders, times the service was away, and more')
    .addHelpText(
      'after',
      '\nEach threshold is also a setting: --window-ms is MESHLEDGER_INCIDENT_WINDOW_MS, and so on. Exits with 1 when there are incidents.',
    );
  for (const name of THRESHOLD_NAMES) command.addOption(thresholdOption(name));
  return command.action((options: TrackOptions & RangeOptions & IncidentThresholds) => {
    const ends = parseRange(options);
    return readingLog(options.dataDir, async (reader) => {
      const head = knownTrack(reader, options.track);
      const progress = new ProgressLine();
      const range = rangeOf(reader, head, ends);
      const cost = { onProgress: progress.of('looking for incidents in') };
      const found = incidentsOf(reader, options.track, range, thresholdsOf(options), cost);
      progress.clear();
      if (found.incident_count > 0) process.exitCode = EXIT_FINDING;
      await (options.json ? printJson(found) : printLines(drawIncidents(found, inkForStdout())));
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

function* drawIncidents(
  { incident_count: count, incidents, from, to }: IncidentsJson,
  ink: Ink,
): IterableIterator<string> {
  for (const incident of incidents) yield line(incident, ink);
  if (count > incidents.length)
    yield `... and ${counted(count - incidents.length, 'more incident')}: ask for a shorter range`;
  if (count > 0) yield '';
  yield `${count === 0 ? 'no incident' : counted(count, 'incident')} between positions ${String(from.position)} and ${String(to.position)}`;
}

function line(
  { kind, first_position: first, last_position: last, started_at: at, text }: IncidentJson,
  ink: Ink,
): string {
  const positions = first === last ? String(first) : `${String(first)}-${String(last)}`;
  return `${ink.dim(isoTimestamp(at))}  ${ink.alert(kind.padEnd(KIND_WIDTH))}  ${text} ${ink.dim(`[${positions}]`)}`;
}
