import { RECORDED_KINDS, type RecordedKind } from './acknowledged-positions.js';
import { COMMAND_RETRIES_MAX, PASSING_RETRIES_MAX } from './audience-settings.js';
import type { AudienceGround } from './audience-ground.js';
import { backoffMs } from './backoff.js';
import type { SeededRandom } from './seeded-random.js';
import { RETRIED_CODES } from './tally.js';
import type { ViewerSession } from './viewer-session.js';
import { type Answer, answerSchemas, rejectionSchema, type RequestKind, shapeFault } from './wire-answers.js';

/** Codes that say our message was wrong, or that we are not who we are. Every message here is right, so the answer is not. */
const CONTRADICTING_CODES: ReadonlySet<string> = new Set([
  'invalid_message',
  'invalid_peer_id',
  'invalid_track',
  'invalid_capacity',
  'already_registered',
  'peer_id_taken',
]);

export type PeerRequest<Kind extends RequestKind> = Readonly<{
  kind: Kind;
  body: object;
  /** The claim that the body carries; for `capacity` only. */
  capacity?: number;
  accepted?: (answer: Answer<Kind>) => void;
  /** A no that is not sent again; null when the answer had no documented shape. */
  refused?: (code: string | null) => void;
}>;

/**
 * The requests of one peer, over all its sessions: sends them, checks every answer against the contract, and sends
 * again what the service was too busy for.
 */
export class PeerRequests {
  #lastPosition = 0;
  #lastPulsePosition = 0;
  /** The session that was registered last, and the position it was told. */
  #registered: { readonly session: ViewerSession; readonly position: number } | null = null;

  constructor(
    private readonly peerId: string,
    private readonly ground: AudienceGround,
    private readonly random: SeededRandom,
  ) {}

  send<Kind extends RequestKind>(session: ViewerSession, request: PeerRequest<Kind>, attempt = 0): void {
    session.request(request.kind, request.body, (raw, elapsedMs) => {
      this.ground.tally.answered(request.kind, elapsedMs);
      if (isRejection(raw)) this.#rejected(session, request, raw, attempt);
      else this.#accepted(session, request, raw);
    });
  }

  #accepted<Kind extends RequestKind>(session: ViewerSession, request: PeerRequest<Kind>, raw: unknown): void {
    const { kind } = request;
    const parsed = answerSchemas[kind].safeParse(raw);
    if (!parsed.success) {
      this.ground.violations.report('answer_shape', this.peerId, `${kind}: ${shapeFault(parsed.error, raw)}`);
      request.refused?.(null);
      return;
    }
    this.ground.tally.accepted(kind);
    const position: unknown = parsed.data['position'];
    if (isRecordedKind(kind) && typeof position === 'number') {
      if (!this.#isRepeat(session, kind, position)) this.#refuseStepBack(kind, position);
      this.ground.acknowledged.add({ position, kind, peerId: this.peerId, capacity: request.capacity ?? null });
    }
    request.accepted?.(parsed.data as Answer<Kind>);
  }

  /** A register sent twice in one session is answered the same both times, also when beats were acknowledged in between. */
  #isRepeat(session: ViewerSession, kind: RecordedKind, position: number): boolean {
    if (kind !== 'register') return false;
    const isRepeat = this.#registered?.session === session && this.#registered.position === position;
    this.#registered = { session, position };
    return isRepeat;
  }

  #refuseStepBack(kind: RecordedKind, position: number): void {
    const isPulse = kind === 'heartbeat' || kind === 'forward_report';
    if (position < this.#lastPosition) this.#wentBack(kind, position, this.#lastPosition);
    else if (isPulse && position <= this.#lastPulsePosition) this.#wentBack(kind, position, this.#lastPulsePosition);
    this.#lastPosition = Math.max(this.#lastPosition, position);
    if (isPulse) this.#lastPulsePosition = Math.max(this.#lastPulsePosition, position);
  }

  #wentBack(kind: RecordedKind, position: number, before: number): void {
    const detail = `${kind} acknowledged at ${String(position)} after an acknowledgement at ${String(before)}`;
    this.ground.violations.report('position_went_back', this.peerId, detail);
  }

  #rejected<Kind extends RequestKind>(
    session: ViewerSession,
    request: PeerRequest<Kind>,
    raw: object,
    attempt: number,
  ): void {
    const { tally, violations } = this.ground;
    const parsed = rejectionSchema.safeParse(raw);
    if (!parsed.success) {
      violations.report('answer_shape', this.peerId, `${request.kind}: ${shapeFault(parsed.error, raw)}`);
      request.refused?.(null);
      return;
    }
    const { code, reason } = parsed.data;
    tally.rejected(code);
    if (CONTRADICTING_CODES.has(code)) {
      violations.report('refused_valid_message', this.peerId, `${request.kind}: ${code}, ${reason}`);
    }
    if (RETRIED_CODES.has(code) && attempt < retriesMax(request.kind)) {
      setTimeout(() => this.send(session, request, attempt + 1), backoffMs(this.random, attempt + 1)).unref();
    } else request.refused?.(code);
  }
}

/** The next beat makes up for a lost pulse, and the next offer for a lost signal; a lost command would stay lost. */
function retriesMax(kind: RequestKind): number {
  return kind === 'register' || kind === 'capacity' || kind === 'leave' ? COMMAND_RETRIES_MAX : PASSING_RETRIES_MAX;
}

function isRejection(raw: unknown): raw is object {
  return typeof raw === 'object' && raw !== null && 'ok' in raw && raw.ok === false;
}

function isRecordedKind(kind: RequestKind): kind is RecordedKind {
  return (RECORDED_KINDS as readonly string[]).includes(kind);
}
