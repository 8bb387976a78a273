import type { IceCandidate } from '../protocol/client-messages.js';
import { MEDIA_LABEL, readProtocol } from './channel-protocol.js';
import { ChildFeed } from './child-feed.js';
import type { MeshFraming } from './mesh-peer-options.js';
import type { PageClock } from './page-clock.js';
import { PeerLink } from './peer-link.js';
import type { RecentFrames } from './recent-frames.js';
import { CHANNEL_LOW_BYTES, DIAL_MS_MAX, LINGER_MS } from './sdk-limits.js';

/** What a link to a child needs, and whom it tells. */
export interface ChildLinkParts {
  readonly clock: PageClock;
  readonly configuration: RTCConfiguration;
  readonly frames: RecentFrames;
  /** Whose ids the frames have now. */
  readonly numbering: () => string | null;
  readonly framing: MeshFraming;
  readonly signal: (name: 'answer' | 'ice_candidate', body: object) => Promise<boolean>;
  /** The channel is open: the child is fed. */
  readonly opened: (peerId: string) => void;
  readonly closed: () => void;
}

/** The connection to one child: it answers the child's offer, and feeds the channel the child opens. */
export class ChildLink {
  readonly #link: PeerLink;
  #feed: ChildFeed | null = null;
  #isClosed = false;
  #cancelEnd: () => void;

  constructor(
    readonly peerId: string,
    offerSdp: string,
    private readonly parts: ChildLinkParts,
  ) {
    this.#link = new PeerLink(parts.configuration, {
      candidate: (candidate) => void parts.signal('ice_candidate', { to: peerId, candidate }),
      failed: () => this.close(),
    });
    this.#link.connection.ondatachannel = ({ channel }) => this.#adopt(channel);
    this.#cancelEnd = parts.clock.after(DIAL_MS_MAX, () => {
      if (this.#feed === null) this.close();
    });
    void this.#answer(offerSdp);
  }

  /** Frames sent to the child. */
  get forwarded(): number {
    return this.#feed?.forwarded ?? 0;
  }

  /** Frames the child missed, because it read too slowly. */
  get dropped(): number {
    return this.#feed?.dropped ?? 0;
  }

  /** Whether the channel is open and this peer is to feed it. */
  get isFed(): boolean {
    return this.#feed !== null && !this.#isClosed;
  }

  candidate(candidate: IceCandidate): void {
    void this.#link.candidate(candidate);
  }

  pump(): void {
    this.#speak((feed) => feed.pump(this.parts.clock.nowMs()));
  }

  beat(): void {
    this.#speak((feed) => feed.beat(this.parts.clock.nowMs()));
  }

  /**
   * The service says that the child has another parent, or is gone. One that knows object ids is fed on until it hangs up, so that
   * it misses nothing on its way; one that doesn't would show every frame twice, and is cut off at once.
   */
  dismiss(): void {
    if (this.#feed === null || this.#feed.isBare) {
      this.close();
      return;
    }
    this.#cancelEnd();
    this.#cancelEnd = this.parts.clock.after(LINGER_MS, () => this.close());
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#cancelEnd();
    this.#link.connection.ondatachannel = null;
    this.#link.close();
    this.parts.closed();
  }

  async #answer(offerSdp: string): Promise<void> {
    try {
      const sdp = await this.#link.accept(offerSdp);
      if (!(await this.parts.signal('answer', { to: this.peerId, sdp }))) this.close();
    } catch {
      this.close();
    }
  }

  /** A second channel, or one of another label, is none of ours. */
  #adopt(channel: RTCDataChannel): void {
    if (channel.label !== MEDIA_LABEL || this.#feed !== null || this.#isClosed) return;
    const { clock, framing, frames, numbering } = this.parts;
    const request = framing === 'raw' ? null : readProtocol(channel.protocol);
    const feed = new ChildFeed(channel, frames, request, this.#link.messageBytesMax, clock.nowMs());
    channel.bufferedAmountLowThreshold = CHANNEL_LOW_BYTES;
    channel.onbufferedamountlow = () => this.pump();
    channel.onclose = () => this.close();
    const begin = (): void => {
      this.#feed = feed;
      this.#speak(() => {
        feed.greet(numbering());
        feed.pump(clock.nowMs());
      });
      this.parts.opened(this.peerId);
    };
    if (channel.readyState === 'open') begin();
    else channel.onopen = begin;
  }

  /** A channel that takes nothing any more ends the link. */
  #speak(say: (feed: ChildFeed) => void): void {
    if (this.#feed === null || this.#isClosed) return;
    try {
      say(this.#feed);
    } catch {
      this.close();
    }
  }
}
