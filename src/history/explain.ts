import type { Choice } from '../domain/decision-trace.js';
import type { RecordedEvent, RecordedTopologyEvent, TrackSettings } from '../domain/events.js';
import type { Position } from '../domain/ids.js';
import type { RelayTree } from '../domain/relay-tree.js';
import type { EventLogReader, TrackHead } from '../event-log/event-log.js';
import { HistoryFault } from './history-request.js';
import { bringsUnknownPolicy, isSameEvent, isUndecidable, redecideCommand } from './redecide-command.js';
import { namingTrack, treeAt } from './tree-at.js';

/** Decisions one explanation of a fact goes into; the others are counted. Each costs a look at every peer of the track. */
export const DECISIONS_EXPLAINED_MAX = 20;
/** Positions read at a time when the beginning of a command is looked for. */
const POSITIONS_LOOKED_BACK = 64;

/** An event that the service chose. */
export type DecisionEvent = Extract<RecordedTopologyEvent, { causedBy: Position | null }>;

/** One decision, taken again with somebody looking on. */
export interface ExplainedDecision {
  readonly event: DecisionEvent;
  /** Null where there was nothing to choose: tenure, a revoked or restored capacity; and where it was not decided again. */
  readonly choice: Choice | null;
  /** What the policy decides instead, where that differs from the log; null for nothing at all; absent when they agree. */
  readonly redecided?: RecordedTopologyEvent | null;
}

/** Why a position of the log is as it is. */
export interface Explanation {
  readonly event: RecordedEvent;
  /** The rules in force when it was decided; null while the track was closed. */
  readonly settings: TrackSettings | null;
  /** The fact behind a decision; null when an operator or a timer asked, and for facts. */
  readonly fact: RecordedTopologyEvent | null;
  /** The decision itself, or those that followed from the fact, the first `DECISIONS_EXPLAINED_MAX`. */
  readonly decisions: readonly ExplainedDecision[];
  readonly decisionCount: number;
}

/**
 * Explains one position: a decision is taken again, in the policy version of its day, with a trace; of a fact, all that followed from it.
 * Costs a fold up to the position and a look at each peer for each decision.
 *
 * @throws HistoryFault `position_out_of_range`, or `policy_version_unavailable` where decisions were taken by a policy that this build does
 * not have; CorruptLogError, with the track named.
 */
export function explain(
  reader: EventLogReader,
  { track, position: headPosition }: Pick<TrackHead, 'track' | 'position'>,
  position: Position,
): Explanation {
  if (position < 1 || position > headPosition)
    throw new HistoryFault(
      'position_out_of_range',
      `position ${String(position)} of track ${track} is not in the log; allowed is 1 to ${String(headPosition)}`,
    );
  return namingTrack(track, () => {
    const [event] = reader.events({ track, afterPosition: position - 1, untilPosition: position });
    if (event === undefined)
      throw new HistoryFault(
        'position_out_of_range',
        `the log of ${track} has nothing at position ${String(position)}`,
      );
    if (event.type === 'HeartbeatReceived' || event.type === 'ForwardReported')
      return { event, settings: null, fact: null, decisions: [], decisionCount: 0 };
    return 'causedBy' in event
      ? explainDecision(reader, track, event)
      : explainFact(reader, { track, position: headPosition }, event);
  });
}

/** What the policy looked at where a command came out differently; null where it decides nothing there. */
export function choiceAt(
  reader: EventLogReader,
  track: string,
  commandPosition: Position,
  position: Position,
): Choice | null {
  const [event] = reader.topologyEvents({ track, afterPosition: commandPosition - 1, untilPosition: commandPosition });
  if (event === undefined) return null;
  const watched = new WatchedCommands(treeAt(reader, track, commandPosition - 1), (at) => at === position);
  watched.carryOut(event);
  return watched.choices.get(position) ?? null;
}

function explainDecision(reader: EventLogReader, track: string, event: DecisionEvent): Explanation {
  const { position, causedBy } = event;
  const from = causedBy ?? beginningOfRun(reader, track, position);
  const watched = new WatchedCommands(treeAt(reader, track, from - 1), (at) => at === position);
  const { tree } = watched;
  let fact: RecordedTopologyEvent | null = null;
  let settings = tree.settings;
  for (const recorded of reader.topologyEvents({ track, afterPosition: from - 1, untilPosition: position })) {
    if (recorded.position === causedBy) fact = recorded;
    if (!watched.isCovered(recorded.position)) {
      settings = recorded.type === 'TrackConfigured' ? recorded.settings : tree.settings;
      refuseUnavailable(tree, settings, recorded);
      watched.carryOut(recorded);
    }
    // A command that came out differently may have decided past this event; there is no use in going on from a tree of its own.
    if (causedBy !== null) break;
  }
  return { event, settings, fact, decisions: [watched.explained(event)], decisionCount: 1 };
}

function explainFact(
  reader: EventLogReader,
  { track, position: untilPosition }: Pick<TrackHead, 'track' | 'position'>,
  event: RecordedTopologyEvent,
): Explanation {
  let wanted = 0;
  const tree = treeAt(reader, track, event.position - 1);
  const watched = new WatchedCommands(tree, () => (wanted += 1) <= DECISIONS_EXPLAINED_MAX);
  const settings = 'settings' in event ? event.settings : tree.settings;
  const followed: DecisionEvent[] = [];
  for (const next of reader.topologyEvents({ track, afterPosition: event.position, untilPosition })) {
    if (!('causedBy' in next) || next.causedBy !== event.position) break;
    followed.push(next);
  }
  if (followed.length > 0) {
    refuseUnavailable(tree, settings, event);
    watched.carryOut(event);
  }
  const decisions = followed.slice(0, DECISIONS_EXPLAINED_MAX).map((decision) => watched.explained(decision));
  return { event, settings, fact: null, decisions, decisionCount: followed.length };
}

/** Commands taken again, with the choices behind those of their events that somebody wants to know about. */
class WatchedCommands {
  readonly choices = new Map<Position, Choice>();
  readonly #decided = new Map<Position, RecordedTopologyEvent>();

  constructor(
    readonly tree: RelayTree,
    private readonly wants: (position: Position) => boolean,
  ) {}

  isCovered(position: Position): boolean {
    return this.#decided.has(position);
  }

  carryOut(event: RecordedTopologyEvent): void {
    redecideCommand(
      this.tree,
      event,
      (decided) => void this.#decided.set(decided.position, decided),
      (choice) => {
        const next = this.tree.position + 1;
        if (this.choices.has(next) || this.wants(next)) this.choices.set(next, choice());
      },
    );
  }

  explained(event: DecisionEvent): ExplainedDecision {
    const redecided = this.#decided.get(event.position) ?? null;
    const choice = this.choices.get(event.position) ?? null;
    return redecided !== null && isSameEvent(event, redecided) ? { event, choice } : { event, choice, redecided };
  }
}

/**
 * Decisions without a fact may come from several commands in a row (each peer that reaches tenure is one). A command begins where
 * such a row does: whatever stands before it has another cause.
 */
function beginningOfRun(reader: EventLogReader, track: string, position: Position): Position {
  let beginning = position;
  let untilPosition = position - 1;
  for (let size = POSITIONS_LOOKED_BACK; untilPosition > 0; size *= 2) {
    const afterPosition = Math.max(0, untilPosition - size);
    const before = [...reader.topologyEvents({ track, afterPosition, untilPosition })];
    for (const event of before.reverse()) {
      if (!('causedBy' in event) || event.causedBy !== null) return beginning;
      beginning = event.position;
    }
    untilPosition = afterPosition;
  }
  return beginning;
}

function refuseUnavailable(tree: RelayTree, settings: TrackSettings | null, event: RecordedTopologyEvent): void {
  const setsRules = event.type === 'TrackOpened' || event.type === 'TrackConfigured';
  if (setsRules ? !bringsUnknownPolicy(event) : !isUndecidable(tree)) return;
  const { policy, policyVersion } = settings ?? { policy: 'none', policyVersion: 0 };
  throw new HistoryFault(
    'policy_version_unavailable',
    `position ${String(event.position)} was decided by policy ${policy} version ${String(policyVersion)}, which is not in this build`,
  );
}
