import type { Outcome } from '../domain/commands.js';
import type { PeerNumber } from '../domain/ids.js';
import type { Answer, Recorded } from '../protocol/server-messages.js';
import type { Refusal } from '../protocol/rejection.js';
import type { NamedReport } from '../topology/queued-command.js';
import type { TopologyService } from '../topology/topology-service.js';
import type { PeerSession } from './peer-session.js';
import { NOT_REGISTERED } from './session-refusals.js';

/** Marks a pulse, or a count in it, that does not say. */
const NOT_SAID = -1;

/** What a registered peer says of itself: that it lives, what it forwarded, how much it can serve. */
export class PeerReports {
  constructor(private readonly topology: TopologyService) {}

  /** Every heartbeat is a new fact. Refusals: `not_registered`, and those of the writer. */
  heartbeat(session: PeerSession, answer: (acknowledgement: Recorded | Refusal) => void): void {
    this.#pulse(session, NOT_SAID, NOT_SAID, answer);
  }

  /** @param received null when the peer does not say. Counts are cumulative and replace what was reported before. */
  forwardReport(
    session: PeerSession,
    forwarded: number,
    received: number | null,
    answer: Answer<'forward_report'>,
  ): void {
    this.#pulse(session, forwarded, received ?? NOT_SAID, answer);
  }

  /** Refusals: `not_registered`, `invalid_capacity`, and those of the writer. A claim that changes nothing causes no event. */
  capacity(session: PeerSession, capacity: number | null, answer: Answer<'capacity'>): void {
    const { binding } = session.state;
    if (binding === null) {
      answer(NOT_REGISTERED);
      return;
    }
    const { track, peer } = binding;
    this.topology.writer.enqueue(track, { type: 'ClaimCapacity', peer, capacity }, (outcome) => {
      const claimant = this.topology.tracks.get(track)?.tree.peer(peer) ?? null;
      if (!outcome.ok) answer(outcome);
      else if (claimant === null) answer(NOT_REGISTERED);
      else answer({ ok: true, effective_capacity: claimant.effectiveCapacity, position: outcome.position });
    });
  }

  /** Every stall report is a new fact, but of a parent that the peer no longer has it says nothing. Refusals: as for a heartbeat. */
  stall(session: PeerSession, parentId: string | null, silentMs: number, answer: Answer<'stall_report'>): void {
    this.#notice(session, (peer) => ({ type: 'NoticeStall', peer, parentId, silentMs }), answer);
  }

  /** Whom the peer turned to when it lost its parent; null is the origin. Refusals: `unknown_peer`, and as for a heartbeat. */
  planFollowed(
    session: PeerSession,
    lostParentId: string,
    connectedTo: string | null,
    answer: Answer<'plan_followed'>,
  ): void {
    this.#notice(session, (peer) => ({ type: 'NoticePlan', peer, lostParentId, connectedTo }), answer);
  }

  #notice(
    session: PeerSession,
    report: (peer: PeerNumber) => NamedReport,
    answer: (acknowledgement: Recorded | Refusal) => void,
  ): void {
    const { binding } = session.state;
    if (binding === null) {
      answer(NOT_REGISTERED);
      return;
    }
    this.topology.writer.enqueue(binding.track, report(binding.peer), (outcome) => answer(recorded(outcome)));
  }

  #pulse(
    session: PeerSession,
    forwardedFrames: number,
    receivedFrames: number,
    answer: (acknowledgement: Recorded | Refusal) => void,
  ): void {
    const { binding } = session.state;
    if (binding === null) {
      answer(NOT_REGISTERED);
      return;
    }
    const onDurable = (outcome: Outcome): void => answer(recorded(outcome));
    this.topology.writer.pulse(binding.track, { peer: binding.peer, forwardedFrames, receivedFrames, onDurable });
  }
}

/** The number of the peer stays inside. */
function recorded(outcome: Outcome): Recorded | Refusal {
  return outcome.ok ? { ok: true, position: outcome.position } : outcome;
}
