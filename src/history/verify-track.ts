import { CorruptLogError } from '../domain/errors.js';
import type { RecordedTopologyEvent } from '../domain/events.js';
import { evolve } from '../domain/evolve.js';
import type { Position } from '../domain/ids.js';
import { findUnsettled, findViolations } from '../domain/invariants.js';
import type { RelayTree } from '../domain/relay-tree.js';
import type { EventLogReader, PulseRun, TrackHead } from '../event-log/event-log.js';
import type { SqliteEventLogReader } from '../event-log/sqlite-event-log-reader.js';
import { stateHash } from '../event-log/state-hash.js';
import { firstTree } from '../event-log/track-start.js';
import { verifyChain } from '../event-log/verify-chain.js';
import type { ExpectedHead } from '../event-log/verify-ends.js';
import { namingTrack, type OnProgress } from './tree-at.js';
import { type LogVisitor, walkLog } from './walk-log.js';

/** Topology events between two checks of the whole tree, at least. */
const EVENTS_PER_CHECK_MIN = 1_000;
/** Positions between two reports of progress. */
const POSITIONS_PER_REPORT = 65_536;

/** What verification says of one track. */
export interface TrackVerdict {
  readonly track: string;
  /** Of the head; every position up to it was looked at unless there is a fault. */
  readonly position: Position;
  readonly topologyEvents: number;
  readonly pulses: number;
  /** Of the whole replay; null when a fault ended it. */
  readonly stateHash: string | null;
  /** The first thing that cannot be right; null for a sound track. */
  readonly fault: TrackFault | null;
}

interface TrackFault {
  readonly position: Position;
  readonly fault: string;
}

/** Checks the hash chain of one track up to its head. @throws CorruptLogError at the first break. */
export type CheckChain = (head: TrackHead) => void;

/** The check of the chain for a log in SQLite. @param expected heads seen before, by track; the log must pass through each. */
export function chainIn(
  reader: SqliteEventLogReader,
  onProgress: OnProgress = () => undefined,
  expected: ReadonlyMap<string, readonly ExpectedHead[]> = new Map(),
): CheckChain {
  return ({ track, position: headPosition }) => {
    const report = verifyChain(reader, track, {
      expectHead: expected.get(track) ?? [],
      onProgress: (position) => {
        onProgress(track, position, headPosition);
      },
    });
    if (!report.ok) throw new CorruptLogError(report.position, report.fault, track);
  };
}

/**
 * Proves one track: its hash chain, then every event in order: no gap and no step back, nothing that cannot follow from what is
 * before it, and a sound tree all along. A fault is returned, never thrown; any other error is a bug or a failing disk.
 */
export function verifyTrack(
  reader: EventLogReader,
  head: TrackHead,
  checkChain: CheckChain,
  onProgress: OnProgress = () => undefined,
): TrackVerdict {
  const { track, position } = head;
  const claimed = reader.snapshotHashes?.(track) ?? new Map<Position, string>();
  const tree = firstTree(reader, track);
  const replay = new CheckedReplay(head, tree, claimed, onProgress);
  try {
    namingTrack(track, () => {
      checkChain(head);
      walkLog(reader, { track, afterPosition: tree.position, untilPosition: position }, replay);
      replay.finish();
    });
  } catch (error) {
    if (!(error instanceof CorruptLogError)) throw error;
    return { ...replay.counts(), stateHash: null, fault: { position: error.position, fault: error.fault } };
  }
  return { ...replay.counts(), stateHash: stateHash(replay.tree), fault: null };
}

/** The verdict on a track of which a head was seen, and of which the log knows nothing any more. */
export function lostTrack(track: string, { position }: ExpectedHead): TrackVerdict {
  const fault = { position: 1, fault: `the log has no such track: a head was seen at ${String(position)}` };
  return { track, position: 0, topologyEvents: 0, pulses: 0, stateHash: null, fault };
}

/** A fold that trusts nothing. */
class CheckedReplay implements LogVisitor {
  #position: Position;
  #recordedAt: number;
  #topologyEvents = 0;
  #pulses = 0;
  #nextCheck = EVENTS_PER_CHECK_MIN;
  #nextReport = POSITIONS_PER_REPORT;
  readonly #claims: Position[];

  constructor(
    private readonly head: TrackHead,
    /** What the replay begins with; it becomes what the replay makes of it. */
    readonly tree: RelayTree,
    /** What snapshots say of the tree, by position, ascending. */
    private readonly claimed: ReadonlyMap<Position, string>,
    private readonly onProgress: OnProgress,
  ) {
    this.#position = tree.position;
    this.#recordedAt = tree.recordedAt;
    this.#claims = [...claimed.keys()];
    // From now on nobody joins under a name that is taken unseen.
    tree.indexNames();
  }

  topology(event: RecordedTopologyEvent): void {
    // A whole tree is checked as seldom as it is large, so that checking costs no more than folding.
    if (this.#topologyEvents >= this.#nextCheck) {
      this.#checkTree();
      this.#nextCheck = this.#topologyEvents + Math.max(EVENTS_PER_CHECK_MIN, this.tree.size);
    }
    this.#advance(event.position, event.recordedAt);
    if ('causedBy' in event && event.causedBy !== null && !(event.causedBy > 0 && event.causedBy < event.position))
      throw new CorruptLogError(
        event.position,
        `is caused by position ${String(event.causedBy)}, which is not before it`,
      );
    evolve(this.tree, event);
    this.#topologyEvents += 1;
  }

  pulse(run: PulseRun, index: number): void {
    const position = run.firstPosition + index;
    this.#advance(position, run.recordedAt[index] ?? 0);
    const peer = run.peers[index] ?? 0;
    if (this.tree.peer(peer) === null)
      throw new CorruptLogError(position, `a pulse names peer ${String(peer)}, which is not in the track`);
    this.#pulses += 1;
  }

  finish(): void {
    const { position, recordedAt, open } = this.head;
    if (this.#position !== position)
      throw new CorruptLogError(this.#position + 1, `is missing; the head says ${String(position)}`);
    if (this.#recordedAt !== recordedAt)
      throw new CorruptLogError(
        position,
        `was recorded at ${String(this.#recordedAt)}, the head says ${String(recordedAt)}`,
      );
    if (open !== (this.tree.settings !== null))
      throw new CorruptLogError(position, `leaves the track ${open ? 'closed' : 'open'}, the head says otherwise`);
    if (this.#claims[0] === this.#position) this.#checkClaim();
    this.#checkTree();
    this.#refuse(findUnsettled(this.tree));
    this.onProgress(this.head.track, position, position);
  }

  counts(): Pick<TrackVerdict, 'track' | 'position' | 'topologyEvents' | 'pulses'> {
    const { track, position } = this.head;
    return { track, position, topologyEvents: this.#topologyEvents, pulses: this.#pulses };
  }

  #advance(position: Position, recordedAt: number): void {
    const expected = this.#position + 1;
    if (position !== expected)
      throw new CorruptLogError(expected, `is missing; position ${String(position)} comes next in the log`);
    if (recordedAt < this.#recordedAt) throw new CorruptLogError(position, 'recorded_at goes back');
    // The tree is still that of the position before.
    if (this.#claims[0] === this.#position) this.#checkClaim();
    this.#position = position;
    this.#recordedAt = recordedAt;
    if (position < this.#nextReport) return;
    this.#nextReport = position + POSITIONS_PER_REPORT;
    this.onProgress(this.head.track, position, this.head.position);
  }

  /** A start would have gone on from this snapshot, and from another state than the log tells. */
  #checkClaim(): void {
    const position = this.#claims.shift() ?? 0;
    if (stateHash(this.tree) !== this.claimed.get(position))
      throw new CorruptLogError(position, 'the snapshot holds another state than the log; remove the folder snapshots');
  }

  #checkTree(): void {
    this.#refuse(findViolations(this.tree));
  }

  #refuse(violations: readonly string[]): void {
    const [first] = violations;
    if (first === undefined) return;
    const more = violations.length > 1 ? ` (and ${String(violations.length - 1)} more)` : '';
    throw new CorruptLogError(this.tree.position, `the tree is broken: ${first}${more}`);
  }
}
