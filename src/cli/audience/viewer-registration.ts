import { isSameAssignment } from './assignment-watch.js';
import type { AudienceGround } from './audience-ground.js';
import type { PeerRequests } from './peer-requests.js';
import type { ViewerSession } from './viewer-session.js';
import type { Answer } from './wire-answers.js';

/** Who registers, and what it is to hear of it. */
export type RegisteringViewer = Readonly<{
  peerId: string;
  resumeToken: string;
  registersTwice: boolean;
  accepted: (session: ViewerSession, answer: Answer<'register'>) => void;
  refused: (session: ViewerSession) => void;
}>;

/** How a viewer makes itself known in a session: for the first time, to resume, or because it was given up meanwhile. */
export class ViewerRegistration {
  #happened = false;
  #givenUp = false;
  #firstAnswer: Answer<'register'> | null = null;

  constructor(
    private readonly viewer: RegisteringViewer,
    private readonly ground: AudienceGround,
    private readonly requests: PeerRequests,
  ) {}

  /** The service has answered `not_registered`: the next register is a join anew. */
  lost(): void {
    this.#givenUp = true;
  }

  /** Registers; some viewers do it twice in a row at first, as a client does whose answer got lost. */
  ask(session: ViewerSession, capacity: number): void {
    this.#firstAnswer = null;
    const { peerId, resumeToken, registersTwice } = this.viewer;
    const request = {
      kind: 'register',
      body: { peer_id: peerId, track: this.ground.settings.track, capacity, resume_token: resumeToken },
      accepted: (answer: Answer<'register'>) => {
        this.#check(answer);
        this.viewer.accepted(session, answer);
      },
      refused: () => this.viewer.refused(session),
    } as const;
    this.requests.send(session, request);
    if (registersTwice && !this.#happened) this.requests.send(session, request);
  }

  /** Counts the registration that has just been accepted, once per session. */
  count(): void {
    const { tally } = this.ground;
    if (!this.#happened) tally.joins += 1;
    else if (this.#givenUp) tally.rejoins += 1;
    else tally.resumes += 1;
    this.#happened = true;
    this.#givenUp = false;
  }

  #check(answer: Answer<'register'>): void {
    const { violations } = this.ground;
    const { peerId, resumeToken } = this.viewer;
    if (answer.resume_token !== resumeToken) {
      violations.report('resume_token_changed', peerId, 'register answers another resume_token than the one sent');
    }
    const first = this.#firstAnswer;
    this.#firstAnswer = answer;
    // An event in between may have moved the peer, or given it a child; the log is asked about that.
    if (first === null || first.position !== answer.position) return;
    if (first.assignment.position !== answer.assignment.position) return;
    const same = isSameAssignment(first.assignment, answer.assignment);
    if (same && first.heartbeat_interval_ms === answer.heartbeat_interval_ms) return;
    const detail = `register sent twice, answered differently at position ${String(answer.position)}`;
    violations.report('retry_answered_differently', peerId, detail);
  }
}
