import type { Outcome } from '../domain/commands.js';
import type { PeerNumber } from '../domain/ids.js';
import type { PeerNode } from '../domain/peer-node.js';
import type { Answer, Registered } from '../protocol/server-messages.js';
import type { LiveTrack } from '../topology/live-track.js';
import type { TopologyService } from '../topology/topology-service.js';
import { refusalToEnter } from './access.js';
import { assignmentOf, placeIn, toldOf } from './assignment.js';
import type { IceServerList } from './ice-server-list.js';
import type { PeerBinding, PeerSession, PendingRegister, SessionState } from './peer-session.js';
import type { PeerSessions } from './peer-sessions.js';
import type { RegisterDeadlines } from './register-deadlines.js';
import { newResumeToken, resumeHashOf } from './resume-token.js';
import { ALREADY_REGISTERED, NOT_REGISTERED, PEER_ID_TAKEN, PEER_WENT_AT_ONCE } from './session-refusals.js';
import { Turns } from './turns.js';

export interface RegisterRequest {
  readonly track: string;
  readonly peerId: string;
  readonly capacity: number | null;
  /** What the client presented or chose; null when it sent none. */
  readonly resumeToken: string | null;
  /**
   * How a client without a token is treated. `issue`: it is given one, and a peer_id that is present is refused. `replace`: it gets
   * none, and takes the place of a present peer that never had one either (a page reload of a client that knows no tokens), unless
   * that one's session answers a probe.
   */
  readonly withoutToken: 'issue' | 'replace';
}

export interface RegistrationParts {
  readonly topology: TopologyService;
  readonly sessions: PeerSessions;
  readonly deadlines: RegisterDeadlines;
  readonly iceServers: IceServerList;
  readonly heartbeatIntervalMs: number;
}

/** How sessions get a peer, lose it, and end. */
export class Registration {
  /**
   * Joins of one peer_id are decided one at a time, and the end of its sessions between them: so a replacement sees who is
   * there, and a session that ends while another takes its peer over does not leave the peer disconnected.
   */
  readonly #turns = new Turns();

  constructor(private readonly parts: RegistrationParts) {}

  /**
   * Registers the session's peer. Safe to retry: while it is on its way and afterwards the same request gets the same answer
   * and causes no event. The assignment in the answer is always the present one.
   *
   * @param answer is called once the peer is durable. Refusals: `unauthorized` (the token is for another track),
   * `already_registered` (the session is somebody else), `peer_id_taken`, and those of the writer and of `decide` for a join.
   */
  register(session: PeerSession, request: RegisterRequest, answer: Answer<'register'>): void {
    const { registering, leaving, binding } = session.state;
    const refused = refusalToEnter(session.access, request.track);
    if (refused !== null) {
      answer(refused);
      return;
    }
    if (leaving !== null) {
      leaving.afterwards.push(() => this.register(session, request, answer));
      return;
    }
    const known = registering ?? binding;
    if (known === null) this.#begin(session, request, answer);
    else if (!isSameIdentity(known, request)) answer(ALREADY_REGISTERED);
    else if (registering !== null) registering.answers.push(answer);
    else this.#answerAgain(session, answer);
  }

  /**
   * Takes the session's peer out. A retry is answered the same until the session registers again. Refusals:
   * `not_registered`, and those of the writer.
   */
  leave(session: PeerSession, answer: Answer<'leave'>): void {
    const { state } = session;
    if (state.registering !== null) {
      state.registering.afterwards.push(() => this.leave(session, answer));
    } else if (state.leaving !== null) {
      state.leaving.answers.push(answer);
    } else if (state.binding !== null) {
      this.#beginLeave(session, state.binding, answer);
    } else {
      answer(state.leftAt === null ? NOT_REGISTERED : { ok: true, position: state.leftAt });
    }
  }

  /**
   * The connection is gone. Its peer stays until its deadline, and the log learns that it is disconnected.
   *
   * @param hasLeft the client said goodbye: the peer leaves.
   */
  ended(session: PeerSession, hasLeft: boolean): void {
    const { state } = session;
    if (state.ended) return;
    state.ended = true;
    state.hasLeft = hasLeft;
    this.parts.deadlines.cancel(session);
    const { binding } = state;
    if (binding === null) return;
    this.parts.sessions.unbind(session);
    this.#depart(state, binding.track, binding.peerId, binding.peer);
  }

  #begin(session: PeerSession, request: RegisterRequest, answer: Answer<'register'>): void {
    const { track, peerId, withoutToken } = request;
    const resumeToken = request.resumeToken ?? (withoutToken === 'issue' ? newResumeToken() : null);
    const pending: PendingRegister = { track, peerId, resumeToken, answers: [answer], afterwards: [] };
    session.state.registering = pending;
    session.state.leftAt = null;
    this.#turns.take(turnOf(track, peerId), (done) => {
      const settle = (outcome: Outcome): void => {
        this.#settle(session, pending, outcome);
        done();
      };
      if (resumeToken === null) this.#replace(pending, request.capacity, settle);
      else this.#join(pending, request.capacity, false, settle);
    });
  }

  #join(pending: PendingRegister, capacity: number | null, replace: boolean, settle: (outcome: Outcome) => void): void {
    const { track, peerId, resumeToken } = pending;
    const { writer, options } = this.parts.topology;
    const resumeHash = resumeToken === null ? null : resumeHashOf(resumeToken);
    const { settings, peersPerTrackMax: peersMax } = options;
    writer.enqueue(
      track,
      { type: 'Join', identity: { peerId, resumeHash }, capacity, settings, peersMax, replace },
      settle,
    );
  }

  /** Nobody but the holder of this turn can join under the name, so what the look finds still holds when the join is decided. */
  #replace(pending: PendingRegister, capacity: number | null, settle: (outcome: Outcome) => void): void {
    const look = (live: LiveTrack | null): null => {
      const present = live?.tree.peerNamed(pending.peerId) ?? null;
      const holder = present === null ? null : this.parts.sessions.of(pending.track, present.number);
      const isProtected = present !== null && present.identity?.resumeHash !== null;
      const join = (): void => this.#join(pending, capacity, true, settle);
      if (isProtected) settle(PEER_ID_TAKEN);
      else if (holder === null) join();
      else holder.probe((isAlive) => (isAlive ? settle(PEER_ID_TAKEN) : join()));
      return null;
    };
    void this.parts.topology.writer.read(pending.track, look).then((refused) => {
      if (refused !== null) settle(refused);
    });
  }

  /** Runs when the join is durable and before anybody is told of it, so the session hears of every later change. */
  #settle(session: PeerSession, pending: PendingRegister, outcome: Outcome): void {
    const { state } = session;
    state.registering = null;
    const acknowledgement = outcome.ok ? this.#bind(session, pending, outcome.position, outcome.peer) : outcome;
    for (const answer of pending.answers) answer(acknowledgement);
    for (const task of pending.afterwards) task();
  }

  #bind(
    session: PeerSession,
    pending: PendingRegister,
    registeredAt: number,
    number: PeerNumber | null,
  ): Registered | typeof PEER_WENT_AT_ONCE {
    const { track, peerId, resumeToken } = pending;
    const live = this.parts.topology.tracks.get(track);
    const peer = number === null ? null : (live?.tree.peer(number) ?? null);
    // A later command of the same batch can have removed it.
    if (live === null || peer === null) return PEER_WENT_AT_ONCE;
    const binding = {
      track,
      peerId,
      resumeToken,
      registeredAt,
      peer: peer.number,
      told: toldOf(placeIn(live.tree, peer)),
    };
    if (session.state.ended) {
      this.#depart(session.state, track, peerId, peer.number);
    } else {
      this.parts.deadlines.cancel(session);
      this.parts.sessions.bind(session, binding);
    }
    return this.#registered(session, live, peer, binding);
  }

  #registered({ access }: PeerSession, live: LiveTrack, peer: PeerNode, binding: PeerBinding): Registered {
    const place = placeIn(live.tree, peer);
    const iceServers = this.parts.iceServers.for(access, binding.peerId);
    binding.told = toldOf(place);
    return {
      ok: true,
      assignment: assignmentOf(place, binding.peerId, iceServers),
      resume_token: binding.resumeToken ?? '',
      heartbeat_interval_ms: this.parts.heartbeatIntervalMs,
      position: binding.registeredAt,
    };
  }

  /** The tree may hold what is not durable yet, so the look waits for the moment when it does not. */
  #answerAgain(session: PeerSession, answer: Answer<'register'>): void {
    const { binding } = session.state;
    if (binding === null) return;
    const look = (live: LiveTrack | null): null => {
      const peer = live?.tree.peer(binding.peer) ?? null;
      answer(live === null || peer === null ? NOT_REGISTERED : this.#registered(session, live, peer, binding));
      return null;
    };
    void this.parts.topology.writer.read(binding.track, look).then((refused) => {
      if (refused !== null) answer(refused);
    });
  }

  #beginLeave(session: PeerSession, binding: PeerBinding, answer: Answer<'leave'>): void {
    const { state } = session;
    const leaving = { answers: [answer], afterwards: [] as (() => void)[] };
    state.leaving = leaving;
    this.parts.topology.writer.enqueue(binding.track, { type: 'Leave', peer: binding.peer }, (outcome) => {
      state.leaving = null;
      if (outcome.ok) {
        state.leftAt = outcome.position;
        if (state.binding === binding) this.#release(session);
      }
      const acknowledgement = outcome.ok ? { ok: true as const, position: outcome.position } : outcome;
      for (const reply of leaving.answers) reply(acknowledgement);
      for (const task of leaving.afterwards) task();
    });
  }

  #release(session: PeerSession): void {
    this.parts.sessions.unbind(session);
    this.parts.deadlines.start(session);
  }

  /** Waits for its turn: whoever is taking the peer over right now makes the departure untrue. */
  #depart({ hasLeft }: SessionState, track: string, peerId: string, peer: PeerNumber): void {
    this.#turns.take(turnOf(track, peerId), (done) => {
      const isTakenOver = this.parts.sessions.of(track, peer) !== null;
      const type = hasLeft ? 'Leave' : 'Disconnect';
      if (!isTakenOver) this.parts.topology.writer.enqueue(track, { type, peer }, () => undefined);
      done();
    });
  }
}

function turnOf(track: string, peerId: string): string {
  return `${track} ${peerId}`;
}

/** A retry may leave out the token: the session has shown already who it is. */
function isSameIdentity(known: PendingRegister | PeerBinding, request: RegisterRequest): boolean {
  const isSameToken = request.resumeToken === null || request.resumeToken === known.resumeToken;
  return known.track === request.track && known.peerId === request.peerId && isSameToken;
}
