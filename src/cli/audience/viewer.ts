import { AssignmentWatch } from './assignment-watch.js';
import type { AudienceGround, OnlineViewer } from './audience-ground.js';
import { backoffMs } from './backoff.js';
import { PeerRequests } from './peer-requests.js';
import { SeededRandom } from './seeded-random.js';
import { ViewerBeats } from './viewer-beats.js';
import { ViewerFailover } from './viewer-failover.js';
import type { ViewerPlan } from './viewer-plan.js';
import { ViewerRegistration } from './viewer-registration.js';
import { type SessionOwner, ViewerSession } from './viewer-session.js';
import { ViewerSignalling } from './viewer-signalling.js';
import type { Answer } from './wire-answers.js';

/**
 * planned -> connecting -> registering -> present -> leaving -> gone. A session that ends, or a register that is
 * refused, leads to `away` and, after a back-off, to `connecting` again. `not_registered` leads from `present` back to
 * `registering`. `gone` is final.
 */
type ViewerState = 'planned' | 'connecting' | 'registering' | 'present' | 'away' | 'leaving' | 'gone';

/** Draws of the run; the plan has its own stream, so that living differently never changes the plan. */
const LIVING_STREAM_OFFSET = 0x40000000;

/** One viewer of the audience: a peer with its name, its resume token and one session at a time. */
export class Viewer implements SessionOwner, OnlineViewer {
  #state: ViewerState = 'planned';
  #session: ViewerSession | null = null;
  #attempt = 0;
  #timer: NodeJS.Timeout | null = null;
  #departure: NodeJS.Timeout | null = null;
  #ending = false;
  readonly #random: SeededRandom;
  readonly #requests: PeerRequests;
  readonly #registration: ViewerRegistration;
  readonly #assignments: AssignmentWatch;
  readonly #signalling: ViewerSignalling;
  readonly #beats: ViewerBeats;
  readonly #failover: ViewerFailover;

  constructor(
    readonly peerId: string,
    viewerNumber: number,
    resumeToken: string,
    private readonly plan: ViewerPlan,
    private readonly ground: AudienceGround,
  ) {
    this.#random = new SeededRandom(ground.settings.seed, LIVING_STREAM_OFFSET + viewerNumber);
    this.#requests = new PeerRequests(peerId, ground, this.#random);
    const { registersTwice } = plan;
    const registering = {
      peerId,
      resumeToken,
      registersTwice,
      accepted: (session: ViewerSession, answer: Answer<'register'>) => this.#registered(session, answer),
      refused: (session: ViewerSession) => this.#registerRefused(session),
    };
    this.#registration = new ViewerRegistration(registering, ground, this.#requests);
    this.#assignments = new AssignmentWatch(peerId, ground);
    this.#failover = new ViewerFailover(ground, this.#requests, this.#assignments);
    this.#signalling = new ViewerSignalling(peerId, ground, this.#requests, this.#assignments);
    this.#beats = new ViewerBeats(plan.capacity, ground, this.#random, this.#requests, {
      assignments: this.#assignments,
      signalling: this.#signalling,
      registrationLost: () => this.#registrationLost(),
    });
  }

  /** The session in which the service knows this peer; null while there is none. */
  get presentSession(): ViewerSession | null {
    return this.#state === 'present' ? this.#session : null;
  }

  /** Whether an answer is still on its way that may come in time. */
  get awaitsAnswers(): boolean {
    return this.#session?.awaitsAnswers ?? false;
  }

  arrive(): void {
    this.#connect();
  }

  /** Looks for requests that were not answered in time. */
  sweep(nowMs: number): void {
    const session = this.#session;
    if (session === null) return;
    if (session.isStuckConnecting) {
      session.breakOff();
      this.refused(session, 'no answer to the connection');
      return;
    }
    this.#checkSuperseded(session, nowMs);
    if (this.#state === 'present' && !this.#ending) this.#failover.watch(session, nowMs);
    const overdue = session.newlyOverdue(nowMs, this.ground.settings.ackTimeoutMs);
    for (const kind of overdue) {
      const detail = `${kind}: no answer within ${String(this.ground.settings.ackTimeoutMs)} ms`;
      this.ground.violations.report('unanswered', this.peerId, detail);
    }
    if (overdue.includes('leave')) this.#gone(true);
    else if (overdue.includes('register')) this.#loseSession(session);
  }

  /** Stops beating and reconnecting, so that the run can end; says goodbye if it is to. */
  wind(leaves: boolean): void {
    this.#ending = true;
    this.#beats.stop();
    this.#clearTimers();
    if (leaves && this.#state === 'present') this.#leave();
  }

  /** Closes the socket. The peer stays in the track until its deadline, unless it left. */
  close(): void {
    this.#ending = true;
    this.#clearTimers();
    this.#beats.stop();
    this.#session?.close();
    this.#session = null;
    this.#state = 'gone';
  }

  opened(session: ViewerSession): void {
    if (session !== this.#session) return;
    this.ground.tally.connects += 1;
    this.#register(session);
  }

  refused(session: ViewerSession, reason: string): void {
    if (session !== this.#session) return;
    this.ground.tally.connectFailed(reason);
    this.#goAway();
  }

  ended(session: ViewerSession): void {
    if (session !== this.#session) return;
    if (this.#state === 'leaving') {
      this.#gone(true);
      return;
    }
    this.ground.tally.disconnects += 1;
    this.#goAway();
  }

  received(session: ViewerSession, event: string, body: unknown): void {
    if (session !== this.#session) return;
    switch (event) {
      case 'assign_parent':
        this.ground.tally.assignParents += 1;
        if (!this.#assignments.pushed(body)) return;
        this.#failover.told(this.#assignments.current);
        if (this.#state === 'present') this.#signalling.greetParent(session);
        return;
      case 'offer':
      case 'answer':
      case 'ice_candidate':
        this.#signalling.received(session, event, body);
        return;
      case 'peer_left':
        this.#signalling.peerLeft(body);
        return;
      case 'probe':
        this.ground.tally.probes += 1;
        return;
      case 'superseded':
        this.#superseded(session);
        return;
    }
  }

  #connect(): void {
    this.#state = 'connecting';
    this.#session = new ViewerSession(this.ground.settings.url, this.ground.settings.token, this);
  }

  #register(session: ViewerSession): void {
    this.#state = 'registering';
    this.#registration.ask(session, this.#beats.capacity);
  }

  #registerRefused(session: ViewerSession): void {
    if (session === this.#session && this.#state === 'registering') this.#loseSession(session);
  }

  #registered(session: ViewerSession, answer: Answer<'register'>): void {
    if (session !== this.#session) return;
    this.#assignments.registered(answer.assignment, answer.position);
    if (this.#state !== 'registering') return;
    this.#state = 'present';
    this.#attempt = 0;
    this.#registration.count();
    if (this.#ending) return;
    this.#beats.start(session, answer.heartbeat_interval_ms);
    this.#signalling.greetParent(session);
    this.#planDeparture();
  }

  #registrationLost(): void {
    const session = this.#session;
    if (session === null || this.#state !== 'present' || this.#ending) return;
    this.#beats.stop();
    this.#registration.lost();
    this.#register(session);
  }

  #planDeparture(): void {
    if (this.plan.sessionMs === null || this.#departure !== null) return;
    this.#departure = setTimeout(() => this.#depart(), this.plan.sessionMs);
  }

  /** Whoever has no session cannot say `leave` and vanishes. */
  #depart(): void {
    if (this.#state === 'present' && !this.plan.vanishes) {
      this.#leave();
      return;
    }
    this.ground.tally.silentDepartures += 1;
    this.ground.vanishes(this.peerId);
    this.#session?.breakOff();
    this.#gone(true);
  }

  #leave(): void {
    const session = this.#session;
    if (session === null) return;
    this.#state = 'leaving';
    this.#beats.stop();
    this.#requests.send(session, {
      kind: 'leave',
      body: {},
      accepted: () => {
        this.ground.tally.leaves += 1;
        this.#gone(true);
      },
      refused: () => this.#gone(true),
    });
  }

  #superseded(session: ViewerSession): void {
    this.ground.tally.superseded += 1;
    session.supersededAtMs = performance.now();
    this.#beats.stop();
  }

  #checkSuperseded(session: ViewerSession, nowMs: number): void {
    if (session.supersededAtMs === null || nowMs - session.supersededAtMs < this.ground.settings.ackTimeoutMs) return;
    const detail = 'a session that was superseded is not closed by the service';
    this.ground.violations.report('superseded_session_stays_open', this.peerId, detail);
    this.#gone(false);
  }

  #loseSession(session: ViewerSession): void {
    session.close();
    this.#goAway();
  }

  /** Full jitter: after a restart of the service all viewers come back, but not all at once. */
  #goAway(): void {
    const superseded = this.#session?.supersededAtMs != null;
    this.#session = null;
    this.#beats.stop();
    this.#state = 'away';
    if (superseded) this.#gone(false);
    else if (!this.#ending) {
      this.#attempt += 1;
      this.#timer = setTimeout(() => this.#connect(), backoffMs(this.#random, this.#attempt));
    }
  }

  #gone(planned: boolean): void {
    if (this.#state === 'gone') return;
    this.close();
    this.ground.departed(this.peerId, planned);
  }

  #clearTimers(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    if (this.#departure !== null) clearTimeout(this.#departure);
    this.#timer = null;
  }
}
