import { Deciding } from '../domain/deciding.js';
import { CorruptLogError } from '../domain/errors.js';
import type { RecordedTopologyEvent } from '../domain/events.js';
import { evolve } from '../domain/evolve.js';
import type { Position } from '../domain/ids.js';
import type { PeerNode } from '../domain/peer-node.js';
import { placementFor } from '../domain/policies/registry.js';
import type { RelayTree } from '../domain/relay-tree.js';
import type { EventLogReader, TrackHead } from '../event-log/event-log.js';
import { firstTree } from '../event-log/track-start.js';
import { type OnProgress, reporting } from './tree-at.js';

/** What came of deciding one track's history again. */
export interface RedecideVerdict {
  /** Facts, and decisions without a fact, whose consequences were decided again. */
  readonly commands: number;
  /** Decisions that came out as they stand in the log. */
  readonly decisions: number;
  /** The first place where the log holds something else than its policy decides; null when there is none. */
  readonly difference: RedecideDifference | null;
  /** Stretches that were decided by a policy this build does not have: applied, and not compared. */
  readonly unavailable: readonly UnavailablePolicy[];
}

export interface RedecideDifference {
  readonly position: Position;
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
 * an operator or a timer asked for, is carried out anew on the tree; what that decides must be what the log says next.
 *
 * @throws CorruptLogError when the log says what cannot have happened.
 */
export function redecideTrack(
  reader: EventLogReader,
  { track, position: untilPosition }: Pick<TrackHead, 'track' | 'position'>,
  onProgress: OnProgress = () => undefined,
): RedecideVerdict {
  const tree = firstTree(reader, track);
  const redecision = new Redecision(tree);
  const events = reader.topologyEvents({ track, afterPosition: tree.position, untilPosition });
  for (const event of reporting(events, track, untilPosition, onProgress)) {
    redecision.take(event);
    if (redecision.difference !== null) break;
  }
  return redecision.finish();
}

/** Follows a log. The tree is always that of the log, because it stops at the first event that comes out differently. */
class Redecision {
  difference: RedecideDifference | null = null;
  /** Decided and applied, and not yet met in the log. */
  #expected: RecordedTopologyEvent[] = [];
  #met = 0;
  #commands = 0;
  #decisions = 0;
  readonly #unavailable: UnavailablePolicy[] = [];
  readonly #tree: RelayTree;

  /** @param tree what the track begins with. */
  constructor(tree: RelayTree) {
    this.#tree = tree;
  }

  take(event: RecordedTopologyEvent): void {
    if (this.#met === this.#expected.length) this.#decideFrom(event);
    const redecided = this.#expected[this.#met] ?? null;
    this.#met += 1;
    if (redecided === null || !isSame(event, redecided)) {
      const position = Math.min(event.position, redecided?.position ?? event.position);
      this.difference = { position, recorded: event.position === position ? event : null, redecided };
      return;
    }
    if ('causedBy' in event) this.#decisions += 1;
  }

  finish(): RedecideVerdict {
    const left = this.difference === null ? this.#expected[this.#met] : undefined;
    if (left !== undefined) this.difference = { position: left.position, recorded: null, redecided: left };
    const { difference } = this;
    return { commands: this.#commands, decisions: this.#decisions, difference, unavailable: this.#unavailable };
  }

  /** Carries out the command behind `event`, the first that it caused. */
  #decideFrom(event: RecordedTopologyEvent): void {
    this.#expected = [];
    this.#met = 0;
    this.#commands += 1;
    const tree = this.#tree;
    const emit = (decided: RecordedTopologyEvent): void => void this.#expected.push(decided);
    if (setsRules(event) && placementFor(event.settings) === null) {
      evolve(tree, event);
      emit(event);
      this.#unavailable.push(unavailable(event));
      return;
    }
    if (isUndecidable(tree) && event.type !== 'TrackConfigured') {
      evolve(tree, event);
      emit(event);
      return;
    }
    // Pulses take positions between commands, never within one.
    tree.position = event.position - 1;
    carryOut(new Deciding(tree, event.recordedAt, emit), tree, event);
  }
}

/** A policy that is not in this build: the log can be applied, not decided. */
function isUndecidable(tree: RelayTree): boolean {
  return tree.settings !== null && tree.placement === null;
}

type SetsRules = Extract<RecordedTopologyEvent, { type: 'TrackOpened' | 'TrackConfigured' }>;

function setsRules(event: RecordedTopologyEvent): event is SetsRules {
  return event.type === 'TrackOpened' || event.type === 'TrackConfigured';
}

function unavailable({ position, settings }: SetsRules): UnavailablePolicy {
  const { policy, policyVersion } = settings;
  return { code: 'policy_version_unavailable', position, policy, policyVersion };
}

function carryOut(decision: Deciding, tree: RelayTree, event: RecordedTopologyEvent): void {
  switch (event.type) {
    case 'TrackOpened':
      decision.opened(event.settings);
      return;
    case 'TrackConfigured':
      decision.configured(event.settings);
      return;
    case 'TrackClosed':
      decision.closed();
      return;
    case 'ServiceRecovered':
      decision.recovered(event.reason, event.gapMs);
      return;
    case 'PeerJoined':
      decision.joined(event.identity, event.capacity);
      return;
    case 'RetentionApplied':
      decision.retained(event.throughPosition, event.chainHash, event.stateHash);
      return;
    case 'PeerForgotten':
      decision.forgotten(event.peer);
      return;
    default: {
      const peer = tree.peer(event.peer);
      if (peer === null)
        throw new CorruptLogError(
          event.position,
          `${event.type} names peer ${String(event.peer)}, which is not in the track`,
        );
      carryOutFor(decision, peer, event);
    }
  }
}

type AboutPeer = Exclude<
  RecordedTopologyEvent,
  { type: SetsRules['type'] | 'TrackClosed' | 'ServiceRecovered' | 'PeerJoined' | 'RetentionApplied' | 'PeerForgotten' }
>;

function carryOutFor(decision: Deciding, peer: PeerNode, event: AboutPeer): void {
  switch (event.type) {
    case 'PeerResumed':
      return decision.resumed(peer);
    case 'PeerDisconnected':
      return decision.disconnected(peer);
    case 'CapacityClaimed':
      return decision.claim(peer, event.capacity);
    case 'PeerLeft':
      return decision.left(peer, event.cause);
    case 'PeerTimedOut':
      return decision.timedOut(peer, event.silentMs);
    case 'PeerKicked':
      return decision.kicked(peer);
    case 'StallReported':
      return decision.stalled(peer, event.parent, event.silentMs);
    case 'PlanFollowed':
      return decision.followed(peer, event.lostParent, event.connectedTo);
    case 'PeerSuspected':
      return decision.suspected(peer, event.complaints);
    case 'PeerCleared':
      return decision.cleared(peer);
    case 'PeerTenured':
      return decision.tenured(peer);
    case 'ForwardingFailed':
      return decision.revoked(peer, event.complaints, event.windowMs);
    case 'CapacityRestored':
      return decision.restored(peer);
    case 'ParentAssigned':
    case 'PeerWaiting':
    case 'CapacityRevoked':
      return carryOutAlone(decision, peer, event);
  }
}

/**
 * A decision that no fact stands before: an operator moved the peer, or the track was tended: the surplus of lowered limits moved, waiting
 * peers were placed, where a command had reached its bound.
 */
function carryOutAlone(decision: Deciding, peer: PeerNode, event: AboutPeer): void {
  if ('causedBy' in event && event.causedBy !== null) return;
  if (event.type === 'ParentAssigned' && event.cause === 'reassigned') decision.reassign(peer);
  else decision.tend();
}

/** Names are not compared, for they may have been erased since; nor rules, which are the fact itself. */
function isSame(recorded: RecordedTopologyEvent, redecided: RecordedTopologyEvent): boolean {
  if (recorded === redecided) return true;
  const fields = Object.keys({ ...recorded, ...redecided }) as (keyof RecordedTopologyEvent)[];
  return fields.every(
    (field) =>
      (field as string) === 'identity' || (field as string) === 'settings' || recorded[field] === redecided[field],
  );
}
