import type { AudienceGround } from './audience-ground.js';
import type { AssignmentWatch } from './assignment-watch.js';
import type { PeerRequests } from './peer-requests.js';
import type { ViewerSession } from './viewer-session.js';
import { candidateSchema, offerSchema, peerLeftSchema, type RequestKind, shapeFault } from './wire-answers.js';

/** Peers a viewer remembers having dealt with; a late candidate of one of them is no misrouted one. */
const COUNTERPARTS_MAX = 64;
/** Offers to one parent, when the service refuses them. */
const OFFERS_PER_PARENT_MAX = 5;

type Offered = {
  readonly to: string;
  readonly sessionOfParent: ViewerSession | null;
  refusedAtMs: number | null;
  offers: number;
  done: boolean;
};

/**
 * How a viewer and its parent get to know each other: the child offers, the parent answers, and both send one ICE
 * candidate. The descriptions name both ends, so a message that the service misroutes or signs wrongly is noticed.
 */
export class ViewerSignalling {
  readonly #children = new Set<string>();
  readonly #counterparts = new Set<string>();
  #offered: Offered | null = null;

  constructor(
    private readonly peerId: string,
    private readonly ground: AudienceGround,
    private readonly requests: PeerRequests,
    private readonly assignments: AssignmentWatch,
  ) {}

  /** The children this viewer serves, as far as they have introduced themselves. */
  get childCount(): number {
    const role = this.assignments.current?.role;
    return role === 'Root' || role === 'Relay' ? this.#children.size : 0;
  }

  /** Offers to the parent if it is a new one, or if it could not be reached before. Called after every assignment and beat. */
  greetParent(session: ViewerSession): void {
    const parentId = this.assignments.isFed ? (this.assignments.current?.parent_id ?? null) : null;
    if (parentId === null) {
      this.#offered = null;
      return;
    }
    const sessionOfParent = this.ground.viewers.get(parentId)?.presentSession ?? null;
    if (this.#offered?.to !== parentId || this.#offered.sessionOfParent !== sessionOfParent) {
      this.#offered = { to: parentId, sessionOfParent, refusedAtMs: null, offers: 0, done: false };
      this.#remember(parentId);
    }
    const offered = this.#offered;
    if (offered.done || offered.offers >= OFFERS_PER_PARENT_MAX) return;
    if (offered.refusedAtMs !== null && performance.now() - offered.refusedAtMs < REFUSED_FOR_MS) return;
    offered.offers += 1;
    offered.done = true;
    this.requests.send(session, {
      kind: 'offer',
      body: { to: parentId, sdp: describe(this.peerId, parentId) },
      refused: (code) => this.#offerRefused(offered, code),
    });
  }

  received(session: ViewerSession, kind: 'offer' | 'answer' | 'ice_candidate', body: unknown): void {
    this.ground.tally.signalsReceived += 1;
    const parsed = kind === 'ice_candidate' ? candidateSchema.safeParse(body) : offerSchema.safeParse(body);
    if (!parsed.success) {
      const detail = `${kind}: ${shapeFault(parsed.error, body)}`;
      this.ground.violations.report('message_shape', this.peerId, detail);
      return;
    }
    const { from } = parsed.data;
    const sdp = 'sdp' in parsed.data && typeof parsed.data.sdp === 'string' ? parsed.data.sdp : null;
    if (this.#isMisrouted(kind, from, sdp)) return;
    if (kind === 'offer') {
      this.#remember(from);
      this.#children.add(from);
      this.#sendTo(session, 'answer', from, { sdp: describe(this.peerId, from) });
    }
    if (kind !== 'ice_candidate') this.#sendTo(session, 'ice_candidate', from, { candidate: CANDIDATE });
  }

  peerLeft(body: unknown): void {
    this.ground.tally.peerLefts += 1;
    const parsed = peerLeftSchema.safeParse(body);
    if (parsed.success && parsed.data.peer_id !== this.peerId) {
      this.#children.delete(parsed.data.peer_id);
      return;
    }
    const detail = parsed.success ? 'peer_left names the receiver' : `peer_left: ${shapeFault(parsed.error, body)}`;
    this.ground.violations.report('message_shape', this.peerId, detail);
  }

  #isMisrouted(kind: string, from: string, sdp: string | null): boolean {
    const ends = sdp === null ? null : endsOf(sdp);
    let fault: string | null = null;
    if (ends !== null && ends.from !== from) fault = `${kind} of ${ends.from} arrived as from ${from}`;
    else if (ends !== null && ends.to !== this.peerId) fault = `${kind} of ${from} to ${ends.to} arrived here`;
    else if (kind !== 'offer' && this.ground.viewers.has(from) && !this.#counterparts.has(from)) {
      fault = `${kind} from ${from}, which is neither parent nor child`;
    }
    if (fault !== null) this.ground.violations.report('signal_misrouted', this.peerId, fault);
    return fault !== null;
  }

  /**
   * A refusal may cross with the decision that moves us or with the parent's own lost connection. Refused still a second
   * later, with the same parent in the same session, it is a fault.
   */
  #offerRefused(offered: Offered, code: string | null): void {
    if (this.#offered !== offered || code === null) return;
    offered.done = false;
    const refusedByRule = code === 'forbidden_target' || code === 'unknown_peer';
    if (!refusedByRule || offered.sessionOfParent === null) return;
    if (this.ground.viewers.get(offered.to)?.presentSession !== offered.sessionOfParent) return;
    offered.refusedAtMs ??= performance.now();
    if (performance.now() - offered.refusedAtMs < REFUSED_FOR_MS) return;
    const detail = `offer to its parent ${offered.to}, which is online, is refused again: ${code}`;
    this.ground.violations.report('signal_refused', this.peerId, detail);
  }

  #sendTo(session: ViewerSession, kind: RequestKind, to: string, content: object): void {
    this.requests.send(session, { kind, body: { to, ...content } });
  }

  #remember(peerId: string): void {
    this.#counterparts.delete(peerId);
    this.#counterparts.add(peerId);
    if (this.#counterparts.size <= COUNTERPARTS_MAX) return;
    for (const oldest of this.#counterparts) {
      this.#counterparts.delete(oldest);
      this.#children.delete(oldest);
      return;
    }
  }
}

const REFUSED_FOR_MS = 1_000;
const CANDIDATE = 'candidate:1 1 UDP 2122252543 192.0.2.1 49203 typ host';

/** A session description that is none, but as wordy as one, and says who speaks to whom. */
function describe(from: string, to: string): string {
  const media = 'm=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\na=sctp-port:5000\r\n';
  return `v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=audience ${from} ${to}\r\nt=0 0\r\n${media}`;
}

function endsOf(sdp: string): { from: string; to: string } | null {
  const match = /^s=audience (\S+) (\S+)\r?$/m.exec(sdp);
  return match === null ? null : { from: match[1] ?? '', to: match[2] ?? '' };
}
