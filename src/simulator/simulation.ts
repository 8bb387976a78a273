import { ORIGIN, type PeerNumber } from '../domain/ids.js';
import { CAPACITY_REVOKED_MS, FORWARDING_WINDOW_MS, PEERS_PER_TRACK_MAX } from '../domain/limits.js';
import type { TopologyCommand } from '../domain/commands.js';
import type { TrackSettings } from '../domain/events.js';
import type { ViewerPlan } from './audience.js';
import { Bookkeeper } from './bookkeeper.js';
import { Delivery } from './delivery.js';
import type { ImpactBook } from './impact-book.js';
import type { Measures } from './measures.js';
import type { Direction, Planner, PushedPlan } from './planner.js';
import { newViewer, type Viewer } from './viewer.js';
import { VirtualTime } from './virtual-time.js';

/** The wall clock of every run begins here, 2026-01-01, so that a run is the same whenever it is made. Epoch milliseconds. */
export const RUN_START_MS = 1_767_225_600_000;

/** The service hears of a graceful leave after so long. */
export const LEAVE_NOTICED_MS = 200;
/** Children report after 2 s without media, and the service acts on it. */
const STALL_NOTICED_MS = 2_200;
/** A complaint needs so long without media. */
const STALL_MS = 2_000;
/** So many children must complain, or the only one. */
const COMPLAINTS_NEEDED = 2;
const LINK_MS = 1_600;
const HEIR_LINK_MS = 300;
const SIBLING_LINK_MS = 600;
const LOOK_AT_DEPTHS_MS = 60_000;

export type RunResult = Readonly<{ measures: Measures; violations: number | null; stateHash: string; joins: number }>;

/** What happens, whatever the policy: an audience, and what operators do. */
export interface SimulatedEvent {
  readonly runMs: number;
  readonly measureFromMs: number;
  readonly maxDepth: number;
  /** Wall clock of the beginning, epoch milliseconds. */
  readonly startMs: number;
  /** Has viewers come, and operators act, in virtual time. */
  schedule(time: VirtualTime, stage: Stage): void;
}

/** What a simulated event does to a run. */
export interface Stage {
  arrive(plan: ViewerPlan): void;
  /** An operator, or the service for itself. `peer` is a viewer's number in the log it comes from. */
  act(command: OperatorCommand): void;
}

export type OperatorCommand =
  | Extract<TopologyCommand, { type: 'Configure' | 'Close' | 'Recover' }>
  | Readonly<{ type: 'ReassignRecorded'; peer: PeerNumber }>;

const NO_PLANS: ReadonlyMap<PeerNumber, PushedPlan> = new Map();

/** One run: an audience in virtual time, the service that places it, and what its viewers get to see. */
export class Simulation {
  readonly #time = new VirtualTime();
  readonly #books: Bookkeeper;
  readonly #delivery: Delivery;
  readonly #viewers = new Map<PeerNumber, Viewer>();
  /** Viewers of a recorded event by their number there. */
  readonly #recorded = new Map<PeerNumber, Viewer>();
  #joins = 0;

  constructor(
    private readonly event: SimulatedEvent,
    private readonly planner: Planner,
    private readonly settings: TrackSettings,
    private readonly impacts: ImpactBook | null = null,
  ) {
    this.#books = new Bookkeeper(this.#time, event.measureFromMs);
    this.#delivery = new Delivery(this.#time, impacts?.over(this.#books, this.#time) ?? this.#books);
  }

  /** Yields after each minute of virtual time, so that whoever drives it can write, show progress, or stop. */
  *run(): Generator<number, RunResult> {
    const { event, planner } = this;
    event.schedule(this.#time, { arrive: (plan) => this.#arrive(plan), act: (command) => this.#operate(command) });
    for (let minuteMs = 0; minuteMs < event.runMs; minuteMs += LOOK_AT_DEPTHS_MS) {
      this.#time.runUntil(Math.min(event.runMs, minuteMs + LOOK_AT_DEPTHS_MS));
      if (this.#books.measuring) this.#lookAtDepths();
      yield this.#time.nowMs;
    }
    for (const viewer of this.#viewers.values()) this.#books.close(viewer);
    return {
      measures: this.#books.tally.measures(event.maxDepth),
      violations: planner.violations === null ? null : planner.violations + planner.countViolations(),
      stateHash: planner.stateHash(),
      joins: this.#joins,
    };
  }

  #arrive(plan: ViewerPlan): void {
    this.#joins += 1;
    const { recorded } = plan;
    const plans = this.#takeOver(recorded?.replaces ?? null);
    const number = this.#submit({
      type: 'Join',
      identity: { peerId: recorded?.peerId ?? `viewer-${String(this.#joins)}`, resumeHash: null },
      capacity: plan.capacity,
      settings: recorded?.settings ?? this.settings,
      peersMax: PEERS_PER_TRACK_MAX,
      replace: plans !== null,
    });
    if (number === null) throw new Error('a join made no peer');
    const viewer = newViewer(number, plan, this.#time.nowMs);
    this.#viewers.set(number, viewer);
    if (recorded !== undefined) this.#recorded.set(recorded.peer, viewer);
    this.#follow(plans ?? NO_PLANS);
    if (this.#books.measuring) {
      this.#books.tally.joins += 1;
      if (viewer.waiting) this.#books.tally.rejections += 1;
    }
    if (recorded?.end === 'kicked')
      this.#time.afterInTurn(plan.sessionMs, recorded.endPosition, () => this.#kick(viewer, recorded.peerId));
    else if (recorded?.end !== 'stays') this.#time.after(plan.sessionMs, () => this.#depart(viewer));
    this.#waitForTenure(viewer);
    for (const { afterMs, capacity, position } of recorded?.claims ?? [])
      this.#time.afterInTurn(afterMs, position, () =>
        this.#act(viewer, { type: 'ClaimCapacity', peer: number, capacity }, NO_PLANS),
      );
  }

  #waitForTenure(viewer: Viewer): void {
    const { tenureMs } = this.planner;
    if (tenureMs === null || tenureMs >= this.event.runMs) return;
    const leftMs = Math.max(0, viewer.joinedMs + tenureMs - this.#time.nowMs);
    this.#time.after(leftMs, () => this.#act(viewer, { type: 'Tenure', peer: viewer.number }, NO_PLANS));
  }

  /** The viewer that is about to join comes back with its links gone: its old self goes. @returns null when it is new. */
  #takeOver(replaced: PeerNumber | null): ReadonlyMap<PeerNumber, PushedPlan> | null {
    const viewer = replaced === null ? undefined : this.#recorded.get(replaced);
    if (viewer?.known !== true) return null;
    const plans = this.planner.plansBelow(viewer.number);
    this.#goOffline(viewer);
    this.#forget(viewer);
    return plans;
  }

  #operate(command: OperatorCommand): void {
    if (command.type === 'ReassignRecorded') {
      const viewer = this.#recorded.get(command.peer);
      if (viewer?.plan.recorded !== undefined)
        this.#act(viewer, { type: 'Reassign', peerId: viewer.plan.recorded.peerId }, NO_PLANS);
      return;
    }
    this.#submit(command);
    this.#follow(NO_PLANS);
    if (command.type === 'Configure') for (const viewer of this.#viewers.values()) this.#waitForTenure(viewer);
  }

  #depart(viewer: Viewer): void {
    const { number: peer, plan } = viewer;
    const { recorded } = plan;
    const turn = recorded?.endPosition ?? null;
    if (!viewer.known) return;
    this.#goOffline(viewer);
    if (!plan.silent) {
      this.#time.afterInTurn(recorded?.noticedMs ?? LEAVE_NOTICED_MS, turn, () =>
        this.#end(viewer, { type: 'Leave', peer }),
      );
      return;
    }
    this.#watchForStalls(viewer);
    this.#time.afterInTurn(plan.deadlineMs, turn, () =>
      this.#end(viewer, { type: 'Expire', peer, silentMs: plan.deadlineMs }),
    );
  }

  #kick(viewer: Viewer, peerId: string): void {
    if (!viewer.known) return;
    this.#goOffline(viewer);
    this.#end(viewer, { type: 'Kick', peerId });
  }

  #goOffline(viewer: Viewer): void {
    this.#books.close(viewer);
    if (this.impacts === null) this.#delivery.gone(viewer);
    else this.impacts.during(viewer, () => this.#delivery.gone(viewer));
  }

  #end(viewer: Viewer, command: TopologyCommand): void {
    this.#act(viewer, command, this.planner.plansBelow(viewer.number));
    this.#forget(viewer);
  }

  #forget(viewer: Viewer): void {
    if (this.#books.measuring) this.#books.tally.departures += 1;
    viewer.known = false;
    this.#viewers.delete(viewer.number);
  }

  /** @param plans what children of a peer that is gone do of themselves, where the service agrees with it. */
  #act(viewer: Viewer, command: TopologyCommand, plans: ReadonlyMap<PeerNumber, PushedPlan>): void {
    if (!viewer.known) return;
    this.#submit(command);
    this.#follow(plans);
  }

  #submit(command: TopologyCommand): PeerNumber | null {
    return this.planner.submit(command, this.event.startMs + this.#time.nowMs);
  }

  #follow(plans: ReadonlyMap<PeerNumber, PushedPlan>): void {
    for (const direction of this.planner.takeDirections()) {
      const viewer = this.#viewers.get(direction.peer);
      if (viewer !== undefined) this.#direct(viewer, direction, plans.get(direction.peer));
    }
  }

  #direct(viewer: Viewer, { parent, cause }: Direction, plan: PushedPlan | undefined): void {
    this.#books.beforeChange(viewer);
    this.#countMessage(viewer, parent);
    viewer.waiting = parent === null;
    viewer.directedMs = this.#time.nowMs;
    if (parent !== null) viewer.everPlaced = true;
    if (!viewer.online) return;
    if (parent === null) {
      this.#delivery.cut(viewer);
      return;
    }
    const from = parent === ORIGIN ? null : this.#viewers.get(parent);
    if (from === undefined) throw new Error(`peer ${String(parent)} is made a parent (${cause}) after it left`);
    this.#delivery.connect(viewer, from, linkMs(plan, parent));
    if (from !== null && !(from.online && from.plan.forwards)) this.#watchForStalls(from);
  }

  #countMessage(viewer: Viewer, parent: PeerNumber | null): void {
    if (!this.#books.measuring || !viewer.everPlaced || viewer.waiting || parent === null) return;
    this.#books.tally.messages += 1;
    if (viewer.fed) this.#books.tally.plannedMoves += 1;
  }

  /** The viewer brings its children nothing: those of them who have got nothing for long enough say so. */
  #watchForStalls(viewer: Viewer): void {
    if (!this.planner.pushesPlans) return;
    this.#time.after(STALL_NOTICED_MS, () => this.#hearComplaints(viewer));
  }

  #hearComplaints(viewer: Viewer): void {
    if (!viewer.known || viewer.suspected) return;
    const { nowMs } = this.#time;
    const children = this.planner.childrenOf(viewer.number).flatMap((child) => this.#viewers.get(child) ?? []);
    const present = children.filter((child) => child.online);
    const complaints = present.filter((child) => nowMs - child.directedMs >= STALL_MS).length;
    if (complaints === 0 || complaints < Math.min(COMPLAINTS_NEEDED, present.length)) return;
    viewer.suspected = true;
    const { number: peer } = viewer;
    this.#act(viewer, { type: 'Suspect', peer, complaints }, this.planner.plansBelow(peer));
    this.#time.after(FORWARDING_WINDOW_MS - STALL_NOTICED_MS, () => this.#judge(viewer, complaints));
  }

  /** A suspect that answers its probe and is fed, while its children have got nothing for so long, forwards nothing. */
  #judge(viewer: Viewer, complaints: number): void {
    if (!viewer.online) return;
    viewer.suspected = false;
    const { number: peer } = viewer;
    if (viewer.fed) {
      this.#act(viewer, { type: 'Revoke', peer, complaints, windowMs: FORWARDING_WINDOW_MS }, NO_PLANS);
      this.#time.after(complaints * CAPACITY_REVOKED_MS, () => this.#act(viewer, { type: 'Restore', peer }, NO_PLANS));
    }
    this.#act(viewer, { type: 'Clear', peer }, NO_PLANS);
  }

  #lookAtDepths(): void {
    const { depths } = this.#books.tally;
    this.planner.visitDepths((depth) => {
      depths[depth] = (depths[depth] ?? 0) + 1;
    });
  }
}

/** A child that was told beforehand is connected sooner, if the service decides the same. */
function linkMs(plan: PushedPlan | undefined, parent: PeerNumber): number {
  if (plan?.connectTo !== parent) return LINK_MS;
  return plan.rank === 'heir' ? HEIR_LINK_MS : SIBLING_LINK_MS;
}
