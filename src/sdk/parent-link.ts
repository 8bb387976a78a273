import type { IceCandidate } from '../protocol/client-messages.js';
import { type ChildRequest, MEDIA_LABEL, protocolOf, readParentWord } from './channel-protocol.js';
import { codeFrame, type CodedFrame, FrameAssembler } from './frame-codec.js';
import type { LinkHealth } from './failover.js';
import type { MeshFraming } from './mesh-peer-options.js';
import type { PageClock } from './page-clock.js';
import { PeerLink } from './peer-link.js';
import { DIAL_MS_MAX } from './sdk-limits.js';
import { SilenceWatch } from './silence-watch.js';

/** What a link to a parent needs, and whom it tells. */
export interface ParentLinkParts {
  readonly clock: PageClock;
  readonly configuration: RTCConfiguration;
  readonly framing: MeshFraming;
  /** Sends a signal to the parent; false when the service refuses it or cannot be reached. */
  readonly signal: (name: 'offer' | 'ice_candidate', body: object) => Promise<boolean>;
  /** What this peer has already. */
  readonly request: ChildRequest;
  /** The numbering of frames that come without an id, and the id for the next of them. */
  readonly ownNumbering: string;
  readonly nextOwnId: () => number;
  readonly frame: (numbering: string, frame: CodedFrame) => void;
  /** The health has changed, or the first frame has come. */
  readonly changed: () => void;
}

/** The connection to one parent, from the offer to its end: it is made, used and closed once. */
export class ParentLink {
  /** Whether a frame has come over it. */
  isFed = false;
  readonly #link: PeerLink;
  readonly #assembler = new FrameAssembler();
  readonly #cancelDial: () => void;
  #watch: SilenceWatch | null = null;
  #isBare = false;
  #numbering: string | null = null;
  #state: 'dialing' | 'open' | 'closed' = 'dialing';

  constructor(
    readonly peerId: string,
    private readonly parts: ParentLinkParts,
  ) {
    this.#link = new PeerLink(parts.configuration, {
      candidate: (candidate) => void parts.signal('ice_candidate', { to: peerId, candidate }),
      failed: () => this.close(),
    });
    const protocol = parts.framing === 'raw' ? '' : protocolOf(parts.request);
    const channel = this.#link.connection.createDataChannel(MEDIA_LABEL, { protocol });
    channel.binaryType = 'arraybuffer';
    channel.onmessage = ({ data }: MessageEvent<unknown>) => this.#received(data);
    channel.onclose = () => this.close();
    this.#cancelDial = parts.clock.after(DIAL_MS_MAX, () => {
      if (this.#state === 'dialing') this.#unheard(channel);
    });
    void this.#offer();
  }

  /** A parent that sends bare frames gives no other sign of life: it is silent only when the connection ends. */
  healthAt(nowMs: number): LinkHealth {
    if (this.#state === 'closed') return 'none';
    if (this.#state === 'dialing') return 'dialing';
    return !this.#isBare && this.#watch?.isSilent(nowMs) === true ? 'silent' : 'alive';
  }

  /** When it was heard last; null when it never was. */
  get heardAtMs(): number | null {
    return this.#watch?.heardAtMs ?? null;
  }

  /** Messages that made no sense. */
  get malformed(): number {
    return this.#assembler.malformed;
  }

  answered(sdp: string): void {
    this.#link.answered(sdp).catch(() => this.close());
  }

  candidate(candidate: IceCandidate): void {
    void this.#link.candidate(candidate);
  }

  close(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#cancelDial();
    this.#link.close();
    this.parts.changed();
  }

  async #offer(): Promise<void> {
    try {
      const sdp = await this.#link.offer();
      if (!(await this.parts.signal('offer', { to: this.peerId, sdp }))) this.close();
    } catch {
      this.close();
    }
  }

  /** Ours speaks as soon as the channel is open. Whoever is mute on an open one sends bare frames, and has had none so far. */
  #unheard(channel: RTCDataChannel): void {
    if (channel.readyState !== 'open') {
      this.close();
      return;
    }
    this.#open(true);
    this.parts.changed();
  }

  #received(data: unknown): void {
    if (this.#state === 'closed') return;
    const isFirst = this.#state === 'dialing';
    if (isFirst) this.#open(this.parts.framing === 'raw' || typeof data !== 'string');
    this.#watch?.heard(this.parts.clock.nowMs());
    if (data instanceof ArrayBuffer) this.#receivedFrame(data);
    else if (typeof data === 'string') this.#receivedWord(data);
    if (isFirst) this.parts.changed();
  }

  /** The first message shows what kind of parent it is: ours speaks before it sends. */
  #open(isBare: boolean): void {
    this.#state = 'open';
    this.#isBare = isBare;
    this.#cancelDial();
    this.#watch = new SilenceWatch(this.parts.clock.nowMs());
  }

  #receivedWord(text: string): void {
    const word = readParentWord(text);
    // One of ours that was slow to speak.
    if (word !== null && !this.isFed && this.parts.framing !== 'raw') this.#isBare = false;
    if (word === null) this.#assembler.malformed += 1;
    else if (word.numbering !== undefined) this.#numbering = word.numbering;
  }

  #receivedFrame(data: ArrayBuffer): void {
    const { ownNumbering, nextOwnId, frame } = this.parts;
    if (this.#isBare) {
      this.#hand(() => frame(ownNumbering, codeFrame(nextOwnId(), new Uint8Array(data))));
      return;
    }
    const whole = this.#assembler.take(data);
    const numbering = this.#numbering;
    if (whole === null || numbering === null) return;
    this.#hand(() => frame(numbering, whole));
  }

  #hand(handOver: () => void): void {
    const isFirst = !this.isFed;
    this.isFed = true;
    handOver();
    if (isFirst) this.parts.changed();
  }
}
