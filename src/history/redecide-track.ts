import type { RecordedTopologyEvent } from '../domain/events.js';
import type { Position } from '../domain/ids.js';
import type { RelayTree } from '../domain/relay-tree.js';
import type { EventLogReader, TrackHead } from '../event-log/event-log.js';
import { firstTree } from '../event-log/track-start.js';
import { bringsUnknownPolicy, isSameEvent, redecideCommand, type SetsRules } from './redecide-command.js';
import { type OnProgress, reporting, treeAt } from './tree-at.js';

/** Differences one verdict names; behind the last of them nothing is decided again. */
export const DIFFERENCES_MAX = 20;

/** What came of deciding one track's history again. */
export interface RedecideVerdict {
  /** Facts, and decisions without a fact, whose consequences were decided again. */
  readonly commands: number;
  /** Decisions that came out as they stand in the log. */
  readonly decisions: number;
  /** The first place where the log holds something else than its policy decides; null when there is none. */
  readonly difference: RedecideDifference | null;
  /** That one and those behind it, at most `DIFFERENCES_MAX`; of each command the first. */
  readonly differences: readonly RedecideDifference[];
  /** Stretches that were decided by a policy this build does not have: applied, and not compared. */
  readonly unavailable: readonly UnavailablePolicy[];
}

export interface RedecideDifference {
  readonly position: Position;
  /** Of the first event of the command that came out differently. */
  readonly commandPosition: Position;
  /** Null when the log ends, or goes on with something else, where the policy decides. */
  readonly recorded: RecordedTopologyEvent | null;
  /** Null when the log holds a decision where the policy decides nothing. */
  readonly redecided: RecordedTopologyEvent | null;
}

export interface UnavailablePolicy {
  readonly code: 'policy_version_unavailable';
  /** Of the event that put that policy in force. */
  readonly position: Position;
  readonly policy: string;
  readonly policyVersion: number;
}

/**
 * Takes every decision of a track again, from its facts and in the policy version of its day, and compares. Each fact, and each decision
 * an operator or a timer asked for, is carried out anew on the tree; what that decides must be what the log says next. Behind a difference it
 * goes on with the next fact, on the tree that the log says.
 *
 * @throws CorruptLogError when the log says what cannot have happened.
 */
export function redecideTrack(
  reader: EventLogReader,
  { track, position: untilPosition }: Pick<TrackHead, 'track' | 'position'>,
  onProgress: OnProgress = () => undefined,
): RedecideVerdict {
  const first = firstTree(reader, track);
  const afterPosition = first.position;
  const redecision = new Redecision(first, (position) => treeAt(reader, track, position));
  const events = reader.topologyEvents({ track, afterPosition, untilPosition });
  for (const event of reporting(events, track, untilPosition, onProgress)) {
    redecision.take(event);
    if (redecision.isFull) break;
  }
  return redecision.finish();
}

/** Follows a log. The tree is always that of the log, because it is taken from there again behind each difference. */
class Redecision {
  readonly #differences: RedecideDifference[] = [];
  #tree: RelayTree;
  /** Decided and applied, and not yet met in the log. */
  #expected: RecordedTopologyEvent[] = [];
  #met = 0;
  #commandPosition: Position = 0;
  /** The rest of a command that came out differently is passed over. */
  #astray = false;
  #commands = 0;
  #decisions = 0;
  readonly #unavailable: UnavailablePolicy[] = [];

  /** @param first what the track begins with; changed. */
  constructor(
    first: RelayTree,
    private readonly treeOfLog: (position: Position) => RelayTree,
  ) {
    this.#tree = first;
  }

  get isFull(): boolean {
    return this.#differences.length >= DIFFERENCES_MAX;
  }

  take(event: RecordedTopologyEvent): void {
    if (this.#astray) {
      if ('causedBy' in event) return;
      this.#tree = this.treeOfLog(event.position - 1);
      this.#expected = [];
      this.#met = 0;
      this.#astray = false;
    }
    if (this.#met === this.#expected.length) this.#decideFrom(event);
    const redecided = this.#expected[this.#met] ?? null;
    this.#met += 1;
    if (redecided === null || !isSameEvent(event, redecided)) {
      const position = Math.min(event.position, redecided?.position ?? event.position);
      this.#differ(position, event.position === position ? event : null, redecided);
      return;
    }
    if ('causedBy' in event) this.#decisions += 1;
  }

  finish(): RedecideVerdict {
    const left = this.#astray ? undefined : this.#expected[this.#met];
    if (left !== undefined) this.#differ(left.position, null, left);
    return {
      commands: this.#commands,
      decisions: this.#decisions,
      difference: this.#differences[0] ?? null,
      differences: this.#differences,
      unavailable: this.#unavailable,
    };
  }

  #differ(position: Position, recorded: RecordedTopologyEvent | null, redecided: RecordedTopologyEvent | null): void {
    this.#differences.push({ position, commandPosition: this.#commandPosition, recorded, redecided });
    this.#astray = true;
  }

  /** Carries out the command behind `event`, the first that it caused. */
  #decideFrom(event: RecordedTopologyEvent): void {
    this.#expected = [];
    this.#met = 0;
    this.#commands += 1;
    this.#commandPosition = event.position;
    if (bringsUnknownPolicy(event)) this.#unavailable.push(unavailable(event));
    redecideCommand(this.#tree, event, (decided) => void this.#expected.push(decided));
  }
}

function unavailable({ position, settings }: SetsRules): UnavailablePolicy {
  const { policy, policyVersion } = settings;
  return { code: 'policy_version_unavailable', position, policy, policyVersion };
}
