import { Command, Option } from 'commander';
import type { SettingsChange } from '../domain/commands.js';
import type { RecordedTopologyEvent, TrackSettings } from '../domain/events.js';
import { findPolicy, POLICY_NAMES } from '../domain/policies/registry.js';
import { changedSettings, isSameSettings } from '../domain/settings-change.js';
import type { EventLogReader, TrackHead } from '../event-log/event-log.js';
import { firstTree } from '../event-log/track-start.js';
import { HistoryFault } from '../history/history-request.js';
import { PeerNames } from '../history/peer-names.js';
import { redecideTrack } from '../history/redecide-track.js';
import { grouped } from '../history/spoken-figures.js';
import { reporting } from '../history/tree-at.js';
import { type ChangeRules, type RecordedFacts, recordedFacts } from '../simulator/recorded-event.js';
import { type OutcomeOfRules, rulesRun } from '../simulator/what-if.js';
import { knownTrack, readingLog, type TrackOptions, withTrackOptions } from './log-options.js';
import { wholeNumber } from './number-option.js';
import { printJson, printLines } from './print-lines.js';
import { ProgressLine } from './progress-line.js';
import { RunLog } from './simulate/run-log.js';
import { drawWhatIf } from './what-if/draw-what-if.js';
import { factsAtOpening } from './what-if/facts-at-opening.js';
import { type DecidedAgain, whatIfJson } from './what-if/what-if-json.js';
import { WrongUse } from './wrong-use.js';

const MINUTE_MS = 60_000;

interface WhatIfOptions extends TrackOptions {
  policy?: string;
  maxChildren?: number;
  rootPeerCount?: number;
  maxDepth?: number;
  log?: string;
}

/** `meshledger what-if`: the same audience under other rules. */
export function whatIfCommand(): Command {
  return withTrackOptions(new Command('what-if'))
    .description('same facts, other rules: both outcomes side by side')
    .addOption(new Option('--policy <policy>', 'policy, in its newest version').choices(POLICY_NAMES))
    .addOption(new Option('--max-children <n>', 'children of one peer, at most').argParser(wholeNumber(0)))
    .addOption(new Option('--root-peer-count <n>', 'peers the origin feeds, at most').argParser(wholeNumber(1)))
    .addOption(new Option('--max-depth <n>', 'hops from the roots, at most').argParser(wholeNumber(0)))
    .option('--log <dir>', 'write the other history into this data directory, under the same track name')
    .addHelpText('after', '\nWhat is not given stays as recorded. The answer says what it cannot know.')
    .action((options: WhatIfOptions) => readingLog(options.dataDir, (reader) => whatIf(reader, options)));
}

async function whatIf(reader: EventLogReader, options: WhatIfOptions): Promise<void> {
  const head = knownTrack(reader, options.track);
  const progress = new ProgressLine();
  const { facts, decisions, measureFromMs, isCut } = readFacts(reader, head, progress);
  const change = changeAsked(options);
  refuseUnknownPolicies(facts, change);
  const isUnchanged = [...rulesIn(facts)].every((rules) => isSameSettings(rules, change(rules)));
  const decidedAgain = isUnchanged ? decideAgain(reader, head, progress) : null;
  const recorded = await lived(
    { facts, change: (rules) => rules, name: 'as recorded', log: null, measureFromMs },
    head.track,
    progress,
  );
  const log = options.log === undefined ? null : await openLog(options.log, head.track);
  let other: OutcomeOfRules;
  try {
    other = await lived({ facts, change, name: 'what if', log, measureFromMs }, head.track, progress);
  } finally {
    await log?.close();
  }
  progress.clear();
  const rules = { recorded: facts.settings, other: change(facts.settings) };
  const json = whatIfJson(
    head,
    rules,
    { recorded, other },
    decisions,
    decidedAgain,
    facts.startMs,
    new PeerNames(reader, head.track),
    isCut,
  );
  if (options.json) await printJson(json);
  else await printLines(drawWhatIf(json));
}

interface FactsOfLog {
  readonly facts: RecordedFacts;
  /** How often the log decided what. */
  readonly decisions: Record<string, number>;
  /** Where what is there of the log begins, milliseconds since the beginning of the facts. */
  readonly measureFromMs: number;
  /** Whether its first events were removed. */
  readonly isCut: boolean;
}

/** One pass over the log: the facts, and how often it decided what. */
function readFacts(reader: EventLogReader, { track, position }: TrackHead, progress: ProgressLine): FactsOfLog {
  const decisions: Record<string, number> = {};
  const beginning = firstTree(reader, track);
  const range = { track, afterPosition: beginning.position, untilPosition: position };
  const counted = function* (): IterableIterator<RecordedTopologyEvent> {
    yield* factsAtOpening(beginning);
    for (const event of reporting(reader.topologyEvents(range), track, position, progress.of('reading the facts of'))) {
      count(decisions, event);
      yield event;
    }
  };
  const facts = recordedFacts(counted());
  if (facts !== null) {
    const isCut = beginning.position > 0;
    return { facts, decisions, measureFromMs: isCut ? Math.max(0, beginning.recordedAt - facts.startMs) : 0, isCut };
  }
  throw new HistoryFault(
    'position_out_of_range',
    `track ${track} has no opening in the log, so there are no facts to live through`,
  );
}

function count(decisions: Record<string, number>, event: RecordedTopologyEvent): void {
  const name = event.type === 'ParentAssigned' ? event.cause : event.type === 'PeerWaiting' ? 'waiting' : null;
  if (name !== null) decisions[name] = (decisions[name] ?? 0) + 1;
}

function changeAsked({ policy, maxChildren, rootPeerCount, maxDepth }: WhatIfOptions): ChangeRules {
  const change: SettingsChange = {
    ...(policy === undefined ? {} : { policy }),
    ...(maxChildren === undefined ? {} : { maxChildren }),
    ...(rootPeerCount === undefined ? {} : { rootPeerCount }),
    ...(maxDepth === undefined ? {} : { maxDepth }),
  };
  return (rules) => {
    // A policy that is in force already keeps the version and the switches it was recorded with.
    const { policy: asked, ...limits } = change;
    const changed = changedSettings(rules, asked === rules.policy ? limits : change);
    if ('ok' in changed) throw new WrongUse(changed.reason);
    return changed;
  };
}

function rulesIn({ settings, arrivals, deeds }: RecordedFacts): Set<TrackSettings> {
  const rules = new Set([settings]);
  for (const { plan } of arrivals) if (plan.recorded !== undefined) rules.add(plan.recorded.settings);
  for (const deed of deeds) if ('configured' in deed) rules.add(deed.configured);
  return rules;
}

/** The rules of the day are lived through too, so their policy must be here. */
function refuseUnknownPolicies(facts: RecordedFacts, change: ChangeRules): void {
  for (const rules of rulesIn(facts)) {
    if (findPolicy(rules.policy, rules.policyVersion) === null)
      throw new HistoryFault(
        'policy_version_unavailable',
        `the log was decided by policy ${rules.policy} version ${String(rules.policyVersion)}, which is not in this build`,
      );
    change(rules);
  }
}

/** Nothing is changed: then the log itself must come out again, decision by decision. */
function decideAgain(reader: EventLogReader, head: TrackHead, progress: ProgressLine): DecidedAgain {
  const { decisions, differences } = redecideTrack(reader, head, progress.of('deciding again'));
  return { decisions, differences: differences.length };
}

/** One way to live through the facts. */
interface Life {
  readonly facts: RecordedFacts;
  readonly change: ChangeRules;
  /** As the progress is told. */
  readonly name: string;
  readonly log: RunLog | null;
  readonly measureFromMs: number;
}

async function lived(
  { facts, change, name, log, measureFromMs }: Life,
  track: string,
  progress: ProgressLine,
): Promise<OutcomeOfRules> {
  const onEvent = log === null ? {} : { onEvent: (event: RecordedTopologyEvent) => log.take(event) };
  const run = rulesRun(facts, change, { measureFromMs, ...onEvent });
  for (;;) {
    const step = run.next();
    await log?.flush(track);
    if (step.done === true) return step.value;
    const [done, all] = [step.value, facts.runMs].map((ms) => grouped(Math.round(ms / MINUTE_MS)));
    progress.update(`${name}: minute ${String(done)} of ${String(all)}`);
  }
}

async function openLog(dataDir: string, track: string): Promise<RunLog> {
  const log = await RunLog.open(dataDir);
  if (!(await log.has(track))) return log;
  await log.close();
  throw new WrongUse(`data directory ${dataDir} has a track "${track}" already: name another with --log`);
}
