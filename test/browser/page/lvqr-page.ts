/**
 * A viewer as the browsers of an LVQR mesh are, written from the description of their wire: registers over a plain WebSocket, offers to
 * its parent, answers its children, passes frames on as they are, knows neither object ids nor words between frames.
 */
interface LvqrSignal {
  readonly type: string;
  readonly from?: string;
  readonly sdp?: string;
  /** A bare line. */
  readonly candidate?: string;
  readonly parent_id?: string | null;
  readonly peer_id?: string;
}

class LvqrPage {
  readonly frames: string[] = [];
  /** Parents it turned to, one entry for each connection. */
  readonly turns: string[] = [];
  /** Children that offered, one entry for each connection. */
  readonly offers: string[] = [];
  readonly #parents = new Map<string, RTCPeerConnection>();
  readonly #children = new Map<string, { connection: RTCPeerConnection; channel: RTCDataChannel | null }>();
  #socket: WebSocket | null = null;
  #peerId = '';

  join(url: string, peerId: string, track: string, capacity: number): Promise<void> {
    this.#peerId = peerId;
    const socket = new WebSocket(`${url.replace('http', 'ws')}/signal`);
    this.#socket = socket;
    socket.onopen = () => this.#send({ type: 'Register', peer_id: peerId, track, capacity });
    return new Promise((resolve) => {
      socket.onmessage = ({ data }) => {
        const signal = JSON.parse(String(data)) as LvqrSignal;
        void this.#received(signal).then(() => {
          if (signal.type === 'AssignParent') resolve();
        });
      };
    });
  }

  /** Sends text to every child, as a root does with what it got from the origin. */
  push(text: string): void {
    this.#forward(new TextEncoder().encode(text));
  }

  get fedChildren(): string[] {
    return [...this.#children].filter(([, { channel }]) => channel?.readyState === 'open').map(([peerId]) => peerId);
  }

  async #received({
    type,
    from = '',
    sdp = '',
    candidate,
    parent_id: parentId,
    peer_id: peerId = '',
  }: LvqrSignal): Promise<void> {
    if (type === 'AssignParent' && parentId != null) await this.#turnTo(parentId);
    else if (type === 'Offer') await this.#answer(from, sdp);
    else if (type === 'Answer') await this.#parents.get(from)?.setRemoteDescription({ type: 'answer', sdp });
    else if (type === 'IceCandidate' && candidate !== undefined) await this.#add(from, candidate);
    else if (type === 'PeerLeft') {
      this.#children.get(peerId)?.connection.close();
      this.#children.delete(peerId);
    }
  }

  async #turnTo(parentId: string): Promise<void> {
    if (this.#parents.has(parentId)) return;
    this.turns.push(parentId);
    const connection = this.#connection(parentId);
    this.#parents.set(parentId, connection);
    const channel = connection.createDataChannel('media', { ordered: true });
    channel.binaryType = 'arraybuffer';
    channel.onmessage = ({ data }) => {
      // Whatever is no bare frame would be shown to the viewer as one.
      this.frames.push(data instanceof ArrayBuffer ? new TextDecoder().decode(data) : `not bytes: ${String(data)}`);
      if (data instanceof ArrayBuffer) this.#forward(new Uint8Array(data));
    };
    await connection.setLocalDescription(await connection.createOffer());
    this.#send({ type: 'Offer', from: this.#peerId, to: parentId, sdp: connection.localDescription?.sdp });
  }

  async #answer(childId: string, sdp: string): Promise<void> {
    this.offers.push(childId);
    const connection = this.#connection(childId);
    const child = { connection, channel: null as RTCDataChannel | null };
    this.#children.set(childId, child);
    connection.ondatachannel = ({ channel }) => {
      child.channel = channel;
    };
    await connection.setRemoteDescription({ type: 'offer', sdp });
    await connection.setLocalDescription(await connection.createAnswer());
    this.#send({ type: 'Answer', from: this.#peerId, to: childId, sdp: connection.localDescription?.sdp });
  }

  async #add(from: string, line: string): Promise<void> {
    const connection = this.#parents.get(from) ?? this.#children.get(from)?.connection;
    await connection?.addIceCandidate({ candidate: line, sdpMid: '0', sdpMLineIndex: 0 });
  }

  #connection(other: string): RTCPeerConnection {
    const connection = new RTCPeerConnection();
    connection.onicecandidate = ({ candidate }) => {
      if (candidate !== null && candidate.candidate !== '') {
        this.#send({ type: 'IceCandidate', from: this.#peerId, to: other, candidate: candidate.candidate });
      }
    };
    return connection;
  }

  #forward(frame: Uint8Array<ArrayBuffer>): void {
    for (const { channel } of this.#children.values()) if (channel?.readyState === 'open') channel.send(frame);
  }

  #send(signal: object): void {
    this.#socket?.send(JSON.stringify(signal));
  }
}

Object.assign(globalThis, { lvqr: new LvqrPage() });
