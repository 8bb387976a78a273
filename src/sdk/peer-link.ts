import type { IceCandidate } from '../protocol/client-messages.js';
import { MESSAGE_BYTES_FALLBACK, MESSAGE_BYTES_MAX, WAITING_CANDIDATES_MAX } from './sdk-limits.js';

/** What a link tells its owner. */
export interface PeerLinkOwner {
  /** To be sent to the other end. */
  candidate(candidate: RTCIceCandidateInit): void;
  /** The connection has failed for good; the owner closes it. */
  failed(): void;
}

/** One RTCPeerConnection. The child always offers, the parent always answers: so two offers never cross. */
export class PeerLink {
  readonly connection: RTCPeerConnection;
  readonly #waiting: RTCIceCandidateInit[] = [];
  #isDescribed = false;

  constructor(configuration: RTCConfiguration, owner: PeerLinkOwner) {
    this.connection = new RTCPeerConnection(configuration);
    this.connection.onicecandidate = ({ candidate }) => {
      if (candidate !== null && candidate.candidate !== '') owner.candidate(candidate.toJSON());
    };
    this.connection.onconnectionstatechange = () => {
      if (this.connection.connectionState === 'failed') owner.failed();
    };
  }

  /** What one message on a channel of this connection may hold, bytes. */
  get messageBytesMax(): number {
    const bytes = this.connection.sctp?.maxMessageSize ?? MESSAGE_BYTES_FALLBACK;
    return Math.min(bytes, MESSAGE_BYTES_MAX);
  }

  async offer(): Promise<string> {
    await this.connection.setLocalDescription();
    return this.connection.localDescription?.sdp ?? '';
  }

  /** @returns the answer. */
  async accept(sdp: string): Promise<string> {
    await this.#describe({ type: 'offer', sdp });
    await this.connection.setLocalDescription();
    return this.connection.localDescription?.sdp ?? '';
  }

  async answered(sdp: string): Promise<void> {
    if (this.connection.signalingState === 'have-local-offer') await this.#describe({ type: 'answer', sdp });
  }

  /** Candidates may overtake the description; they wait for it. One that is refused is no reason to give up the others. */
  async candidate(candidate: IceCandidate): Promise<void> {
    const init = candidateInit(candidate);
    if (init === null) return;
    if (this.#isDescribed) await this.#add(init);
    else if (this.#waiting.length < WAITING_CANDIDATES_MAX) this.#waiting.push(init);
  }

  close(): void {
    this.connection.onicecandidate = null;
    this.connection.onconnectionstatechange = null;
    this.connection.close();
  }

  async #describe(description: RTCSessionDescriptionInit): Promise<void> {
    await this.connection.setRemoteDescription(description);
    this.#isDescribed = true;
    for (const candidate of this.#waiting.splice(0)) await this.#add(candidate);
  }

  async #add(candidate: RTCIceCandidateInit): Promise<void> {
    try {
      await this.connection.addIceCandidate(candidate);
    } catch {
      // Of another connection between the same two peers, or of a kind this browser does not know.
    }
  }
}

/** Other clients send the bare line, or the object as text. @returns null at the end of candidates. */
function candidateInit(candidate: IceCandidate): RTCIceCandidateInit | null {
  if (candidate === null || candidate === '') return null;
  if (typeof candidate !== 'string') {
    const { candidate: line, sdpMid = null, sdpMLineIndex = null, usernameFragment = null } = candidate;
    return line === '' ? null : { candidate: line, sdpMid, sdpMLineIndex, usernameFragment };
  }
  if (!candidate.startsWith('{')) return { candidate, sdpMLineIndex: 0 };
  try {
    return JSON.parse(candidate) as RTCIceCandidateInit;
  } catch {
    return null;
  }
}
