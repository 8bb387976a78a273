/**
 * Two peers in one page that may reach each other through a TURN server only. Both speak the wire of LVQR to the service; the child turns to
 * the parent it is told, with the ICE servers it is told.
 */

const CONNECTED_WITHIN_MS = 20_000;

interface Told {
  readonly type: string;
  readonly from: string;
  readonly parent_id: string | null;
  readonly ice_servers: RTCIceServer[];
  readonly sdp: string;
  readonly candidate: string;
}

/** What came of it. */
export interface Relayed {
  /** What the parent got from the child; null when they did not connect in time. */
  readonly heard: string | null;
  /** Types of all local candidates of the child. */
  readonly candidateTypes: readonly string[];
  /** Types of the two candidates through which they speak. */
  readonly pair: readonly string[];
  readonly iceServers: readonly RTCIceServer[];
}

class RelayedPeer {
  connection: RTCPeerConnection | null = null;
  iceServers: RTCIceServer[] = [];
  readonly #candidates: RTCIceCandidateInit[] = [];
  #socket: WebSocket | null = null;
  #other = '';
  #onChannel: (channel: RTCDataChannel) => void = () => undefined;

  constructor(
    readonly peerId: string,
    /** In place of the credentials the service tells, to see that it is these that count. */
    private readonly credential: string | null,
  ) {}

  /** Registers. Resolves when the service has told it its place. */
  join(url: string, token: string, track: string, onChannel: (channel: RTCDataChannel) => void): Promise<void> {
    this.#onChannel = onChannel;
    const socket = new WebSocket(`${url.replace('http', 'ws')}/signal`, `lvqr.bearer.${token}`);
    this.#socket = socket;
    return new Promise((resolve, reject) => {
      socket.onopen = () => this.#send({ type: 'Register', peer_id: this.peerId, track });
      socket.onerror = () => reject(new Error('the WebSocket failed'));
      socket.onmessage = ({ data }) => {
        const told = JSON.parse(String(data)) as Told;
        void this.#hear(told);
        if (told.type === 'AssignParent') resolve();
      };
    });
  }

  async #hear(told: Told): Promise<void> {
    if (told.type === 'AssignParent') {
      this.iceServers = told.ice_servers;
      if (told.parent_id !== null) await this.#offer(told.parent_id);
    } else if (told.type === 'Offer') {
      const connection = this.#connect(told.from);
      connection.ondatachannel = ({ channel }) => this.#onChannel(channel);
      await connection.setRemoteDescription({ type: 'offer', sdp: told.sdp });
      await connection.setLocalDescription();
      this.#send({ type: 'Answer', to: told.from, sdp: connection.localDescription?.sdp });
      await this.#takeCandidates();
    } else if (told.type === 'Answer') {
      await this.connection?.setRemoteDescription({ type: 'answer', sdp: told.sdp });
      await this.#takeCandidates();
    } else if (told.type === 'IceCandidate') {
      this.#candidates.push({ candidate: told.candidate, sdpMid: '0', sdpMLineIndex: 0 });
      await this.#takeCandidates();
    }
  }

  async #offer(parentId: string): Promise<void> {
    const connection = this.#connect(parentId);
    this.#onChannel(connection.createDataChannel('media', { ordered: true }));
    await connection.setLocalDescription();
    this.#send({ type: 'Offer', to: parentId, sdp: connection.localDescription?.sdp });
  }

  #connect(other: string): RTCPeerConnection {
    const { credential } = this;
    const iceServers =
      credential === null ? this.iceServers : this.iceServers.map((server) => ({ ...server, credential }));
    const connection = new RTCPeerConnection({ iceServers, iceTransportPolicy: 'relay' });
    this.connection = connection;
    this.#other = other;
    connection.onicecandidate = ({ candidate }) => {
      if (candidate !== null && candidate.candidate !== '') {
        this.#send({ type: 'IceCandidate', to: this.#other, candidate: candidate.candidate });
      }
    };
    return connection;
  }

  /** Candidates may overtake the description they belong to. */
  async #takeCandidates(): Promise<void> {
    if (this.connection?.remoteDescription == null) return;
    for (const candidate of this.#candidates.splice(0)) await this.connection.addIceCandidate(candidate);
  }

  #send(message: object): void {
    this.#socket?.send(JSON.stringify({ ...message, from: this.peerId }));
  }
}

/** Connects a child to its parent through the TURN server, and sends a word. */
async function relay(url: string, token: string, track: string, credential: string | null): Promise<Relayed> {
  const [parent, child] = [new RelayedPeer('parent', credential), new RelayedPeer('child', credential)];
  const heard = new Promise<string>((resolve) => {
    void parent
      .join(url, token, track, (channel) => (channel.onmessage = ({ data }) => resolve(String(data))))
      .then(() =>
        child.join(url, token, track, (channel) => (channel.onopen = () => channel.send('through the relay'))),
      );
  });
  const late = new Promise<null>((resolve) => setTimeout(() => resolve(null), CONNECTED_WITHIN_MS));
  const word = await Promise.race([heard, late]);
  const stats = [...((await child.connection?.getStats()) ?? new Map<string, unknown>()).values()] as Record<
    string,
    unknown
  >[];
  const typeOf = (id: unknown): string => String(stats.find((stat) => stat['id'] === id)?.['candidateType']);
  const pair = stats.find((stat) => stat['type'] === 'candidate-pair' && stat['nominated'] === true);
  return {
    heard: word,
    candidateTypes: stats.filter(({ type }) => type === 'local-candidate').map((stat) => String(stat['candidateType'])),
    pair: pair === undefined ? [] : [typeOf(pair['localCandidateId']), typeOf(pair['remoteCandidateId'])],
    iceServers: child.iceServers,
  };
}

Object.assign(globalThis, { relay });
