import { ORIGIN, type PeerNumber } from '../domain/ids.js';
import { CAPACITY_REVOKED_MS, FORWARDING_WINDOW_MS, PEERS_PER_TRACK_MAX } from '../domain/limits.js';
import type { TopologyCommand } from '../domain/commands.js';
import type { TrackSettings } from '../domain/events.js';
import { scheduleArrivals, type ViewerPlan } from './audience.js';
import { Bookkeeper } from './bookkeeper.js';
import { Delivery } from './delivery.js';
import type { Measures } from './measures.js';
import type { Direction, Planner, PushedPlan } from './planner.js';
import type { Scenario } from './scenario.js';
import { newViewer, type Viewer } from './viewer.js';
import { VirtualTime } from './virtual-time.js';

/** The wall clock of every run begins here, 2026-01-01, so that a run is the same whenever it is made. Epoch milliseconds. */
export const RUN_START_MS = 1_767_225_600_000;

/** The service hears of a graceful leave after so long. */
const LEAVE_NOTICED_MS = 200;
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

const NO_PLANS: ReadonlyMap<PeerNumber, PushedPlan> = new Map();

/** One run: an audience in virtual time, the service that places it, and what its viewers get to see. */
export class Simulation {
  readonly #time = new VirtualTime();
  readonly #books: Bookkeeper;
  readonly #delivery: Delivery;
  readonly #viewers = new Map<PeerNumber, Viewer>();
  #joins = 0;

  constructor(
    private readonly scenario: Scenario,
    private readonly seed: number,
    private readonly planner: Planner,
    private readonly settings: TrackSettings,
  ) {
    this.#books = new Bookkeeper(this.#time, scenario.measureFromMs);
    this.#delivery = new Delivery(this.#time, this.#books);
  }

  /** Yields after each minute of virtual time, so that whoever drives it can write, show progress, or stop. */
  *run(): Generator<number, RunResult> {
    const { scenario, planner } = this;
    scheduleArrivals(scenario, this.seed, this.#time, (plan) => this.#arrive(plan));
    for (let minuteMs = 0; minuteMs < scenario.runMs; minuteMs += LOOK_AT_DEPTHS_MS) {
      this.#time.runUntil(Math.min(scenario.runMs, minuteMs + LOOK_AT_DEPTHS_MS));
      if (this.#books.measuring) this.#lookAtDepths();
      yield this.#time.nowMs;
    }
    for (const viewer of this.#viewers.values()) this.#books.close(viewer);
    return {
      measures: this.#books.tally.measures(scenario.limits.maxDepth),
      violations: planner.violations === null ? null : planner.violations + planner.countViolations(),
      stateHash: planner.stateHash(),
      joins: this.#joins,
    };
  }

  #arrive(plan: ViewerPlan): void {
    this.#joins += 1;
    const number = this.#submit({
      type: 'Join',
      identity: { peerId: `viewer-${String(this.#joins)}`, resumeHash: null },
      capacity: plan.capacity,
      settings: this.settings,
      peersMax: PEERS_PER_TRACK_MAX,
      replace: false,
    });
    if (number === null) throw new Error('a join made no peer');
    const viewer = newViewer(number, plan, this.#time.nowMs);
    this.#viewers.set(number, viewer);
    this.#follow(NO_PLANS);
    if (this.#books.measuring) {
      this.#books.tally.joins += 1;
      if (viewer.waiting) this.#books.tally.rejections += 1;
    }
    this.#time.after(plan.sessionMs, () => this.#depart(viewer));
    const { tenureMs } = this.planner;
    if (tenureMs !== null && tenureMs < this.scenario.runMs)
      this.#time.after(tenureMs, () => this.#act(viewer, { type: 'Tenure', peer: number }, NO_PLANS));
  }

  #depart(viewer: Viewer): void {
    this.#books.close(viewer);
    this.#delivery.gone(viewer);
    const { number: peer, plan } = viewer;
    if (!plan.silent) {
      this.#time.after(LEAVE_NOTICED_MS, () => this.#end(viewer, { type: 'Leave', peer }));
      return;
    }
    this.#watchForStalls(viewer);
    this.#time.after(plan.deadlineMs, () => this.#end(viewer, { type: 'Expire', peer, silentMs: plan.deadlineMs }));
  }

  #end(viewer: Viewer, command: TopologyCommand): void {
    if (this.#books.measuring) this.#books.tally.departures += 1;
    this.#act(viewer, command, this.planner.plansBelow(viewer.number));
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
    return this.planner.submit(command, RUN_START_MS + this.#time.nowMs);
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
