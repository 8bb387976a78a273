import type { RecordedTopologyEvent, TrackSettings } from '../domain/events.js';
import type { PeerNumber, Position } from '../domain/ids.js';
import type { RecordedViewer, ViewerPlan } from './audience.js';
import { LEAVE_NOTICED_MS, type OperatorCommand, type SimulatedEvent, type Stage } from './simulation.js';
import type { VirtualTime } from './virtual-time.js';

/** What a log says that no policy has a hand in, to be lived through again under the same rules or others. */
export interface RecordedFacts {
  /** `recorded_at` of the first event, and how long the log goes on from there. */
  readonly startMs: number;
  readonly runMs: number;
  /** Rules of the first opening. */
  readonly settings: TrackSettings;
  /** In order of joining. */
  readonly arrivals: readonly Readonly<{ atMs: number; plan: ViewerPlan }>[];
  /** What operators, and the service for itself, did. */
  readonly deeds: readonly RecordedDeed[];
}

/** A configuration stands as the rules it brought, which may be changed before it is carried out again. */
export type RecordedDeed = Readonly<{ atMs: number; position: Position }> &
  Readonly<{ command: OperatorCommand } | { configured: TrackSettings }>;

/** Rules as they were recorded, changed by whoever asks. */
export type ChangeRules = (settings: TrackSettings) => TrackSettings;

interface Draft {
  readonly peer: PeerNumber;
  readonly peerId: string;
  readonly joinedAtMs: number;
  readonly capacity: number | null;
  readonly settings: TrackSettings;
  readonly replaces: PeerNumber | null;
  readonly claims: { afterMs: number; capacity: number | null; position: Position }[];
  endPosition: Position | null;
  end: RecordedViewer['end'];
  sessionMs: number;
  noticedMs: number;
  silent: boolean;
  deadlineMs: number;
  forwards: boolean;
}

/**
 * Takes the facts out of a log that hold under any policy: who joined when with what capacity, claimed what, left, was kicked, or died without
 * a word (then its last sign of life counts), who was caught forwarding nothing, and what operators did.
 *
 * @returns null when the log holds no opening.
 */
export function recordedFacts(events: Iterable<RecordedTopologyEvent>): RecordedFacts | null {
  const collector = new Collector();
  for (const event of events) collector.take(event);
  return collector.finish();
}

/** The event that these facts make under changed rules. @param measureFromMs milliseconds since its beginning. */
export function recordedEvent(facts: RecordedFacts, change: ChangeRules, measureFromMs: number): SimulatedEvent {
  const { startMs, runMs, arrivals, deeds } = facts;
  return {
    runMs,
    measureFromMs,
    maxDepth: change(facts.settings).maxDepth,
    startMs,
    schedule: (time, stage) => {
      for (const deed of deeds) {
        const command: OperatorCommand =
          'configured' in deed ? { type: 'Configure', change: change(deed.configured) } : deed.command;
        time.afterInTurn(deed.atMs, deed.position, () => stage.act(command));
      }
      scheduleOneByOne(arrivals, change, time, stage);
    },
  };
}

/** The next viewer is scheduled when one arrives, as in a run whose audience is drawn: so deeds of one moment keep their order. */
function scheduleOneByOne(
  arrivals: RecordedFacts['arrivals'],
  change: ChangeRules,
  time: VirtualTime,
  stage: Stage,
): void {
  let index = 0;
  const scheduleNext = (): void => {
    const next = arrivals[index];
    if (next === undefined) return;
    index += 1;
    const { recorded } = next.plan;
    const plan =
      recorded === undefined
        ? next.plan
        : { ...next.plan, recorded: { ...recorded, settings: change(recorded.settings) } };
    time.afterInTurn(next.atMs - time.nowMs, recorded?.peer ?? null, () => {
      stage.arrive(plan);
      scheduleNext();
    });
  };
  scheduleNext();
}

class Collector {
  readonly #present = new Map<PeerNumber, Draft>();
  readonly #drafts: Draft[] = [];
  readonly #deeds: RecordedDeed[] = [];
  #opened: Extract<RecordedTopologyEvent, { type: 'TrackOpened' }> | null = null;
  #settings: TrackSettings | null = null;
  #lastMs = 0;
  /** Who gave way to the join that comes next. */
  #replaced: PeerNumber | null = null;

  take(event: RecordedTopologyEvent): void {
    const { position } = event;
    this.#lastMs = event.recordedAt;
    const atMs = event.recordedAt - (this.#opened?.recordedAt ?? event.recordedAt);
    switch (event.type) {
      case 'TrackOpened':
        this.#opened ??= event;
        this.#settings = event.settings;
        return;
      case 'TrackConfigured':
        this.#settings = event.settings;
        this.#deeds.push({ atMs, position, configured: event.settings });
        return;
      case 'TrackClosed':
        this.#deeds.push({ atMs, position, command: { type: 'Close' } });
        return;
      case 'ServiceRecovered':
        this.#deeds.push({ atMs, position, command: { type: 'Recover', reason: event.reason, gapMs: event.gapMs } });
        return;
      case 'PeerJoined':
        return this.#join(event, atMs);
      case 'CapacityClaimed': {
        const viewer = this.#present.get(event.peer);
        viewer?.claims.push({ afterMs: atMs - viewer.joinedAtMs, capacity: event.capacity, position });
        return;
      }
      case 'ForwardingFailed': {
        const viewer = this.#present.get(event.peer);
        if (viewer !== undefined) viewer.forwards = false;
        return;
      }
      case 'ParentAssigned':
        if (event.cause === 'reassigned')
          this.#deeds.push({ atMs, position, command: { type: 'ReassignRecorded', peer: event.peer } });
        return;
      case 'PeerLeft':
      case 'PeerKicked':
      case 'PeerTimedOut':
        return this.#depart(event, atMs);
      default:
      // The rest is what the policy of that day made of it, and is made anew.
    }
  }

  finish(): RecordedFacts | null {
    if (this.#opened === null) return null;
    const { recordedAt: startMs, settings } = this.#opened;
    const arrivals = this.#drafts.map((draft) => ({ atMs: draft.joinedAtMs, plan: planOf(draft) }));
    return { startMs, runMs: this.#lastMs - startMs, settings, arrivals, deeds: this.#deeds };
  }

  #join({ peer, capacity, identity }: Extract<RecordedTopologyEvent, { type: 'PeerJoined' }>, atMs: number): void {
    if (this.#settings === null) return;
    const draft: Draft = {
      peer,
      peerId: identity?.peerId ?? `forgotten-peer-${String(peer)}`,
      joinedAtMs: atMs,
      capacity,
      settings: this.#settings,
      replaces: this.#replaced,
      claims: [],
      endPosition: null,
      end: 'stays',
      sessionMs: 0,
      noticedMs: 0,
      silent: false,
      deadlineMs: 0,
      forwards: true,
    };
    this.#replaced = null;
    this.#drafts.push(draft);
    this.#present.set(peer, draft);
  }

  #depart(
    event: Extract<RecordedTopologyEvent, { type: 'PeerLeft' | 'PeerKicked' | 'PeerTimedOut' }>,
    atMs: number,
  ): void {
    const viewer = this.#present.get(event.peer);
    if (viewer === undefined) return;
    this.#present.delete(event.peer);
    const stayedMs = atMs - viewer.joinedAtMs;
    if (event.type === 'PeerLeft' && event.cause === 'replaced') {
      this.#replaced = event.peer;
      return;
    }
    viewer.endPosition = event.position;
    viewer.end = event.type === 'PeerKicked' ? 'kicked' : 'leaves';
    viewer.silent = event.type === 'PeerTimedOut';
    if (event.type === 'PeerTimedOut') viewer.deadlineMs = Math.min(stayedMs, event.silentMs);
    else if (event.type === 'PeerLeft') viewer.noticedMs = Math.min(stayedMs, LEAVE_NOTICED_MS);
    viewer.sessionMs = stayedMs - viewer.deadlineMs - viewer.noticedMs;
  }
}

function planOf({ capacity, sessionMs, silent, forwards, deadlineMs, ...draft }: Draft): ViewerPlan {
  const { peer, peerId, settings, replaces, claims, end, noticedMs, endPosition } = draft;
  return {
    capacity,
    sessionMs,
    silent,
    forwards,
    deadlineMs,
    recorded: { peer, peerId, settings, replaces, claims, end, noticedMs, endPosition },
  };
}
