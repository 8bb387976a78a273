import type { AssignmentWatch } from './assignment-watch.js';
import type { AudienceGround } from './audience-ground.js';
import { MediaCounter } from './media-counter.js';
import type { PeerRequests } from './peer-requests.js';
import type { SeededRandom } from './seeded-random.js';
import { drawCapacity } from './viewer-plan.js';
import type { ViewerSession } from './viewer-session.js';
import type { ViewerSignalling } from './viewer-signalling.js';

/** Share of the interval by which a beat may come early or late, so that beats of a restarted audience spread out. */
const BEAT_JITTER = 0.1;
const BEATS_PER_REPORT = 3;
/** A viewer revises its capacity about once in 200 beats: ten minutes at 3 s a beat. */
const REVISION_PROBABILITY = 0.005;

/** What the beats need to know of their viewer. */
export type BeatingViewer = Readonly<{
  assignments: AssignmentWatch;
  signalling: ViewerSignalling;
  /** The service does not know the peer any more. */
  registrationLost: () => void;
}>;

/** What a present viewer sends as long as it watches: heartbeats, forward reports, now and then another capacity. */
export class ViewerBeats {
  readonly #media = new MediaCounter();
  #timer: NodeJS.Timeout | null = null;
  #beats = 0;
  #revising = false;

  constructor(
    /** The claim that a register carries. */
    public capacity: number,
    private readonly ground: AudienceGround,
    private readonly random: SeededRandom,
    private readonly requests: PeerRequests,
    private readonly viewer: BeatingViewer,
  ) {}

  /** Beats until stopped. The first beat comes somewhere within the first interval. */
  start(session: ViewerSession, intervalMs: number): void {
    this.stop();
    this.#revising = false;
    this.#timer = setTimeout(() => this.#beat(session, intervalMs), this.random.fraction() * intervalMs);
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #beat(session: ViewerSession, intervalMs: number): void {
    const delayMs = intervalMs * this.random.between(1 - BEAT_JITTER, 1 + BEAT_JITTER);
    this.#timer = setTimeout(() => this.#beat(session, intervalMs), delayMs);
    this.#beats += 1;
    this.#media.advance(performance.now(), this.viewer.assignments.isFed, this.viewer.signalling.childCount);
    const revises = this.random.chance(REVISION_PROBABILITY);
    const nextCapacity = drawCapacity(this.random);
    if (session.isFull) {
      this.ground.tally.skippedBeats += 1;
      return;
    }
    this.#send(session, 'heartbeat', {});
    if (this.#beats % BEATS_PER_REPORT === 0) this.#send(session, 'forward_report', this.#media.report());
    if (revises && !this.#revising) this.#revise(session, nextCapacity);
    this.viewer.signalling.greetParent(session);
  }

  #send(session: ViewerSession, kind: 'heartbeat' | 'forward_report', body: object): void {
    this.requests.send(session, { kind, body, refused: (code) => this.#refused(code) });
  }

  #revise(session: ViewerSession, capacity: number): void {
    this.capacity = capacity;
    this.#revising = true;
    this.requests.send(session, {
      kind: 'capacity',
      body: { capacity },
      capacity,
      accepted: ({ effective_capacity: effectiveCapacity }) => {
        this.#revising = false;
        if (effectiveCapacity <= capacity) return;
        const detail = `effective_capacity ${String(effectiveCapacity)} for a claim of ${String(capacity)}`;
        this.ground.violations.report('effective_capacity_above_claim', null, detail);
      },
      refused: (code) => {
        this.#revising = false;
        this.#refused(code);
      },
    });
  }

  #refused(code: string | null): void {
    if (code === 'not_registered') this.viewer.registrationLost();
  }
}
