import { AcknowledgedPositions } from './acknowledged-positions.js';
import { ARRIVAL_TICK_MS, type AudienceSettings, SWEEP_TICK_MS } from './audience-settings.js';
import type { AudienceGround } from './audience-ground.js';
import { RunIdentity } from './run-identity.js';
import { Tally } from './tally.js';
import { Violations } from './violations.js';
import { Viewer } from './viewer.js';
import { planViewer } from './viewer-plan.js';

/** Arrivals that were held up are not made good all at once. */
const ARRIVALS_PER_TICK_MAX = 250;

/** The viewers of one run: lets them arrive at a steady rate, replaces those that depart, and ends the run. */
export class Audience implements AudienceGround {
  readonly tally = new Tally();
  readonly violations = new Violations();
  readonly acknowledged: AcknowledgedPositions;
  readonly viewers = new Map<string, Viewer>();
  readonly vanished = new Set<string>();
  readonly #identity = new RunIdentity();
  #nextViewerNumber = 0;
  #toArrive: number;
  #arrivalAllowance = 0;
  #arrivedAtMs = performance.now();
  #arrivals: NodeJS.Timeout | null = null;
  #sweeps: NodeJS.Timeout | null = null;

  constructor(readonly settings: AudienceSettings) {
    this.acknowledged = new AcknowledgedPositions(settings.seed);
    this.#toArrive = settings.peers;
  }

  /** Peers that were registered when the run ended. */
  onlineAtEnd = 0;

  /** Peers that are registered right now. */
  get online(): number {
    let online = 0;
    for (const viewer of this.viewers.values()) if (viewer.presentSession !== null) online += 1;
    return online;
  }

  start(): void {
    this.#arrivedAtMs = performance.now();
    this.#arrivals = setInterval(() => this.#admit(), ARRIVAL_TICK_MS);
    this.#sweeps = setInterval(() => this.#sweep(), SWEEP_TICK_MS);
  }

  /** Ends the run: no more arrivals or beats, answers on their way are awaited as long as they may take, sockets are closed. */
  async end(): Promise<void> {
    if (this.#arrivals !== null) clearInterval(this.#arrivals);
    this.onlineAtEnd = this.online;
    for (const viewer of [...this.viewers.values()]) viewer.wind(this.settings.leaveAtEnd);
    await this.#answersDone();
    if (this.#sweeps !== null) clearInterval(this.#sweeps);
    for (const viewer of this.viewers.values()) viewer.close();
  }

  vanishes(peerId: string): void {
    this.vanished.add(peerId);
  }

  departed(peerId: string, planned: boolean): void {
    this.viewers.delete(peerId);
    if (planned) this.#toArrive += 1;
    else this.tally.givenUp += 1;
  }

  #admit(): void {
    const nowMs = performance.now();
    const earned = ((nowMs - this.#arrivedAtMs) / 1_000) * this.settings.joinRatePerSecond;
    this.#arrivalAllowance = Math.min(ARRIVALS_PER_TICK_MAX, this.#arrivalAllowance + earned);
    this.#arrivedAtMs = nowMs;
    while (this.#toArrive > 0 && this.#arrivalAllowance >= 1) {
      this.#arrivalAllowance -= 1;
      this.#toArrive -= 1;
      this.#newViewer().arrive();
    }
    if (this.#toArrive === 0) this.#arrivalAllowance = Math.min(1, this.#arrivalAllowance);
  }

  #newViewer(): Viewer {
    const { seed, churn, seconds } = this.settings;
    const viewerNumber = this.#nextViewerNumber++;
    const peerId = this.#identity.peerId(viewerNumber);
    const resumeToken = this.#identity.resumeToken(seed, viewerNumber);
    const plan = planViewer(seed, viewerNumber, churn, seconds);
    const viewer = new Viewer(peerId, viewerNumber, resumeToken, plan, this);
    this.viewers.set(peerId, viewer);
    return viewer;
  }

  #sweep(): void {
    const nowMs = performance.now();
    for (const viewer of [...this.viewers.values()]) viewer.sweep(nowMs);
  }

  #answersDone(): Promise<void> {
    const deadlineMs = performance.now() + this.settings.ackTimeoutMs + 2 * SWEEP_TICK_MS;
    return new Promise((resolve) => {
      const look = (): void => {
        let awaits = false;
        for (const viewer of this.viewers.values()) awaits ||= viewer.awaitsAnswers;
        if (!awaits || performance.now() > deadlineMs) resolve();
        else setTimeout(look, ARRIVAL_TICK_MS);
      };
      look();
    });
  }
}
