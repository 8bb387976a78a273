import type { Assignment } from '../protocol/server-messages.js';
import { ChildLinks } from './child-links.js';
import { MediaFlow } from './media-flow.js';
import type { MeshClosed, MeshState } from './mesh-events.js';
import { MeshListeners } from './mesh-listeners.js';
import { MediaReports } from './media-reports.js';
import { type MeshPeerOptions, MeshRefusedError, type MeshStats } from './mesh-peer-options.js';
import { MeshSession, type SessionListener } from './mesh-session.js';
import { pageClock } from './page-clock.js';
import { ParentLinks } from './parent-links.js';
import { randomName } from './random-name.js';
import { NAME_BYTES, TOKEN_BYTES } from './sdk-limits.js';

/**
 * One viewer of a track: it takes media from its parent in the relay tree, or from the origin by `pushFrame`, hands each frame to the
 * application once, and feeds its children. It keeps its place through lost connections to the service, follows its plan when the
 * parent dies, and changes parents without a gap. One object is one stay: after `close` make another.
 */
export class MeshPeer extends MeshListeners {
  readonly peerId: string;
  readonly track: string;
  /** Keep it to resume this peer from another session. */
  readonly resumeToken: string;
  readonly #flow: MediaFlow;
  readonly #session: MeshSession;
  readonly #parents: ParentLinks;
  readonly #children: ChildLinks;
  readonly #reports: MediaReports;
  readonly #onPageHide = (event: PageTransitionEvent): void => {
    if (!event.persisted) this.#vanish();
  };
  #capacity: number | null;
  #assignment: Assignment | null = null;
  #pushedAsRoot = false;
  #parentId: string | null = null;
  #isOriginWanted = false;
  #state: MeshState = 'new';
  #closed: MeshClosed | null = null;

  constructor(private readonly options: MeshPeerOptions) {
    super(options);
    this.peerId = options.peerId ?? randomName(NAME_BYTES);
    this.track = options.track;
    this.resumeToken = options.resumeToken ?? randomName(TOKEN_BYTES);
    this.#capacity = options.capacity ?? null;
    this.#flow = new MediaFlow(randomName(NAME_BYTES), {
      frame: (frame) => {
        this.#children.pump();
        this.events.emit('frame', frame);
        this.#noteParent();
      },
      gap: (from, to) => this.events.emit('gap', { from, to }),
      media: () => this.#reports.media(),
    });
    this.#session = this.#makeSession();
    this.#parents = this.#makeParents();
    this.#children = this.#makeChildren();
    this.#reports = this.#makeReports();
  }

  get state(): MeshState {
    return this.#state;
  }

  /** The place last told; null before `connect` succeeded. */
  get assignment(): Assignment | null {
    return this.#assignment;
  }

  /** Whether frames are wanted from `pushFrame`. */
  get isFedByOrigin(): boolean {
    return this.#isOriginWanted;
  }

  /** Who feeds this peer now; null is the origin, or nobody. Another than `assignment.parent_id` while a change is under way. */
  get parentId(): string | null {
    return this.#parents.feedingId;
  }

  /** Who is fed by this peer now. */
  get childIds(): string[] {
    return this.#children.fedIds;
  }

  get stats(): MeshStats {
    const { received, duplicates, missing } = this.#flow.window;
    const { forwarded, dropped } = this.#children;
    return { received, duplicates, missing, forwarded, dropped, malformed: this.#parents.malformed };
  }

  /**
   * Registers, and keeps at it: a service that is away or busy is asked again with back-off. Resolves with the first place.
   *
   * @throws MeshRefusedError when the service refuses for good, with its code.
   */
  connect(): Promise<Assignment> {
    const placed = new Promise<Assignment>((resolve, reject) => {
      const refuse = ({ code, reason }: MeshClosed): void => {
        reject(new MeshRefusedError(code, reason));
      };
      if (this.#assignment !== null) resolve(this.#assignment);
      if (this.#closed !== null) refuse(this.#closed);
      this.on('assignment', resolve);
      this.on('closed', refuse);
    });
    globalThis.addEventListener('pagehide', this.#onPageHide);
    if (this.#state === 'new') {
      this.#turn('connecting');
      this.#session.start();
    }
    return placed;
  }

  /**
   * Gives a frame of the origin to the mesh; only a peer that the origin feeds can.
   *
   * @param objectId as the origin counts frames, from one root to the other the same, up by one each. Left out, this peer counts by
   * itself; then nobody can tell, when another root takes over, which frames were seen already.
   * @returns false when this peer is fed by another one, or by nobody: the frame goes nowhere.
   * @throws RangeError when the frame has more than 8 MiB or the id is not a whole number of 0 to 2^53 - 1.
   */
  pushFrame(data: Uint8Array | ArrayBuffer, objectId?: number): boolean {
    if (!this.#isOriginWanted) return false;
    this.#flow.push(data instanceof ArrayBuffer ? new Uint8Array(data) : data, objectId);
    if (!this.#pushedAsRoot) {
      this.#pushedAsRoot = true;
      this.#parents.fedByOrigin();
    }
    return true;
  }

  /** Claims another number of children. @returns what the service allows; null while it cannot be asked: then it is told later. */
  async setCapacity(capacity: number | null): Promise<number | null> {
    this.#capacity = capacity;
    const answer = await this.#session.request('capacity', { capacity });
    return answer?.ok === true ? answer.effective_capacity : null;
  }

  /** Says goodbye and closes every connection. Resolves when the service knows. */
  async close(): Promise<void> {
    if (this.#closed !== null) return;
    this.#end({ code: 'left', reason: 'this peer left' });
    await this.#session.leave();
  }

  #makeSession(): MeshSession {
    const { url, track, token = null } = this.options;
    const { peerId, resumeToken } = this;
    const listener: SessionListener = {
      assigned: (assignment, isNew) => this.#assigned(assignment, isNew),
      peerLeft: (child) => this.#children.dismissed(child),
      offered: (from, sdp) => this.#children.offered(from, sdp),
      answered: (from, sdp) => this.#parents.answered(from, sdp),
      candidate: (from, candidate) => {
        this.#parents.candidate(from, candidate);
        this.#children.candidate(from, candidate);
      },
      lost: () => this.#lost(),
      ended: (code, reason) => this.#end({ code, reason }),
    };
    const identity = {
      url: url.replace(/\/+$/, ''),
      track,
      peerId,
      resumeToken,
      token,
      capacity: () => this.#capacity,
    };
    return new MeshSession(identity, listener, pageClock);
  }

  #makeParents(): ParentLinks {
    return new ParentLinks({
      clock: pageClock,
      configuration: () => this.#configuration(),
      framing: this.options.framing ?? 'object_id',
      signal: (name, body) => this.#signal(name, body),
      ownNumbering: this.#flow.ownNumbering,
      nextOwnId: this.#flow.takeOwnId,
      request: () => ({ numbering: this.#flow.window.numbering, objectId: this.#flow.window.highest }),
      frame: (numbering, frame, isTrusted) => this.#flow.take(numbering, frame, isTrusted),
      followed: (lostParentId, connectedTo) => {
        void this.#session.request('plan_followed', { lost_parent_id: lostParentId, connected_to: connectedTo });
        this.#noteOrigin();
      },
      isFedByOrigin: () => this.#pushedAsRoot,
    });
  }

  #makeChildren(): ChildLinks {
    return new ChildLinks({
      clock: pageClock,
      configuration: () => this.#configuration(),
      framing: this.options.framing ?? 'object_id',
      frames: this.#flow.recent,
      opened: (peerId) => this.events.emit('child', { peerId }),
      numbering: () => this.#flow.window.numbering,
      signal: (name, body) => this.#signal(name, body),
    });
  }

  #makeReports(): MediaReports {
    return new MediaReports({
      clock: pageClock,
      counts: () => ({ forwarded: this.#children.forwarded, received: this.#flow.window.received }),
      sendReport: ({ forwarded, received }) => {
        void this.#session.request('forward_report', { forwarded_frames: forwarded, received_frames: received });
      },
      sendStall: (silentMs) => {
        const parentId = this.#assignment?.parent_id ?? null;
        void this.#session.request('stall_report', { parent_id: parentId, silent_ms: silentMs });
      },
    });
  }

  async #signal(name: 'offer' | 'answer' | 'ice_candidate', body: object): Promise<boolean> {
    return (await this.#session.request(name, body))?.ok === true;
  }

  #configuration(): RTCConfiguration {
    const { iceTransportPolicy = 'all' } = this.options;
    const iceServers = (this.#assignment?.ice_servers ?? []) as RTCIceServer[];
    return { iceServers, iceTransportPolicy };
  }

  #assigned(assignment: Assignment, isNew: boolean): void {
    const isOtherParent = assignment.parent_id !== this.#assignment?.parent_id;
    const isOtherRole = assignment.role !== this.#assignment?.role;
    this.#assignment = assignment;
    if (isOtherParent || isOtherRole) this.#reports.expect(assignment.role, isOtherParent);
    this.#noteOrigin();
    this.#parents.assigned(assignment);
    if (isNew) {
      this.#parents.retry();
      this.#turn('connected');
    }
    this.#noteOrigin();
    this.events.emit('assignment', assignment);
  }

  #noteOrigin(): void {
    const isWanted = this.#closed === null && (this.#assignment?.role === 'Root' || this.#parents.isAtOrigin);
    if (isWanted === this.#isOriginWanted) return;
    this.#isOriginWanted = isWanted;
    this.#pushedAsRoot = false;
    this.events.emit('origin', { isWanted });
  }

  #noteParent(): void {
    const peerId = this.#parents.feedingId;
    if (peerId === this.#parentId) return;
    this.#parentId = peerId;
    this.events.emit('parent', { peerId });
  }

  /** Before the first place it is still connecting. */
  #lost(): void {
    if (this.#state === 'connected') this.#turn('reconnecting');
  }

  #turn(state: MeshState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.events.emit('state', { state });
  }

  /** The page is closed: parents, children and service hear it at once instead of missing a peer later. */
  #vanish(): void {
    this.#session.vanish();
    this.#end({ code: 'left', reason: 'the page was closed' });
  }

  #end(closed: MeshClosed): void {
    if (this.#closed !== null) return;
    this.#closed = closed;
    globalThis.removeEventListener('pagehide', this.#onPageHide);
    this.#reports.stop();
    this.#parents.stop();
    this.#children.stop();
    this.#noteOrigin();
    this.#turn('closed');
    this.events.emit('closed', closed);
  }
}
