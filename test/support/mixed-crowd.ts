import { SeededRandom } from '../../src/cli/audience/seeded-random.js';
import { passedOr } from './eventually.js';
import { LvqrClient } from './lvqr-client.js';
import { MeshClient } from './mesh-client.js';

const HEARTBEAT_MS = 1_000;
/** How long a viewer stays before it does something, and how long it stays away, at most. */
const STAY_MS_MAX = 4_000;
const AWAY_MS_MAX = 600;
/** How long it waits before it asks a dead service again: 400 at once would leave it no time to start on a small machine. */
const RETRY_MS_MIN = 1_000;
const RETRY_MS_MAX = 3_000;
const CAPACITY_MAX = 4;
/** Viewers of one crowd draw from streams apart by wire. */
const STREAM_OF_WIRE = { lvqr: 0, mesh: 1_000 } as const;

/** What one viewer knows of its place. */
interface ViewedPlace {
  readonly peer_id: string;
  readonly parent_id: string | null;
}

interface Viewer {
  readonly place: ViewedPlace | null;
  readonly isConnected: boolean;
  /** Resolves when the connection has ended, for whatever reason. */
  readonly gone: Promise<unknown>;
  /** Children it would feed now; null where the wire does not make it say. */
  readonly children: ReadonlySet<string> | null;
  leave(): void;
  vanish(): void;
}

type Arrival = (url: string, track: string, peerId: string, capacity: number) => Promise<Viewer>;

async function arriveOverSocketIo(url: string, track: string, peerId: string, capacity: number): Promise<Viewer> {
  const client = await MeshClient.connect(url);
  try {
    await client.register(peerId, track, { capacity, resume_token: `token-of-${peerId}-${'x'.repeat(22)}` });
  } catch (error) {
    client.close();
    throw error;
  }
  const beats = setInterval(() => {
    client.socket.emit('heartbeat', {}, ({ code }: { code?: string }) => {
      // Timed out, on a machine that is too busy: it comes back.
      if (code === 'not_registered') client.close();
    });
  }, HEARTBEAT_MS);
  void client.disconnected.then(() => clearInterval(beats));
  return {
    get place() {
      return client.place;
    },
    get isConnected() {
      return client.socket.connected;
    },
    gone: client.disconnected,
    children: null,
    leave: () => client.socket.emit('leave', {}, () => client.close()),
    vanish: () => client.socket.io.engine.close(),
  };
}

async function arriveOverSignal(url: string, track: string, peerId: string, capacity: number): Promise<Viewer> {
  const client = await LvqrClient.connect(url);
  client.sendRegister(peerId, track, { capacity });
  const answer = await Promise.race([client.next('AssignParent'), client.next('Error'), client.closed]);
  if (!('type' in answer) || answer.type === 'Error') {
    client.vanish();
    throw new Error(`Register of ${peerId} came to ${JSON.stringify(answer)}`);
  }
  return {
    get place() {
      return client.place;
    },
    get isConnected() {
      return client.socket.readyState === client.socket.OPEN;
    },
    gone: client.closed,
    children: client.children,
    leave: () => client.leave(),
    vanish: () => client.vanish(),
  };
}

/** One person: comes, stays for a while, leaves or vanishes or reloads, and comes again, as the same peer or a new one. */
class Regular {
  viewer: Viewer | null = null;
  arrivals = 0;
  #isStaying = false;
  #lives = 0;

  constructor(
    private readonly name: string,
    private readonly arrive: Arrival,
    private readonly crowd: MixedCrowd,
    private readonly random: SeededRandom,
  ) {}

  get peerId(): string {
    return `${this.name}-${String(this.#lives)}`;
  }

  /** From now on it stays where it is. */
  stay(): void {
    this.#isStaying = true;
  }

  async live(): Promise<void> {
    while (!this.crowd.isOver()) {
      await passedOr(this.random.between(0, AWAY_MS_MAX), this.crowd.over);
      if (this.crowd.isOver()) return;
      const viewer = await this.#come();
      if (viewer === null) {
        await passedOr(this.random.between(RETRY_MS_MIN, RETRY_MS_MAX), this.crowd.over);
        continue;
      }
      if (this.crowd.isOver()) viewer.vanish();
      await passedOr(this.random.between(200, STAY_MS_MAX), viewer.gone, this.crowd.over);
      if (!this.#isStaying && viewer.isConnected) this.#go(viewer);
      // Only a lost connection brings a person that stays back.
      await Promise.race([viewer.gone, this.crowd.over]);
    }
  }

  async #come(): Promise<Viewer | null> {
    try {
      this.viewer = await this.arrive(
        this.crowd.url,
        this.crowd.track,
        this.peerId,
        this.random.below(CAPACITY_MAX + 1),
      );
      this.arrivals += 1;
      return this.viewer;
    } catch {
      // The service is dead, or the peer_id is not free yet: again, a little later.
      return null;
    }
  }

  /** Half of those who go say so; half of the others come back as who they were. */
  #go(viewer: Viewer): void {
    const says = this.random.chance(0.5);
    if (says) viewer.leave();
    else viewer.vanish();
    if (says || this.random.chance(0.5)) this.#lives += 1;
  }
}

/** Viewers of both wires that come and go in one track. */
export class MixedCrowd {
  readonly people: readonly Regular[];
  readonly over: Promise<void>;
  #isOver = false;
  #end: () => void = () => undefined;

  constructor(
    readonly url: string,
    readonly track: string,
    perWire: number,
    seed: number,
  ) {
    this.over = new Promise((resolve) => (this.#end = resolve));
    const person = (name: 'lvqr' | 'mesh', arrive: Arrival, index: number): Regular =>
      new Regular(`${name}-${String(index)}`, arrive, this, new SeededRandom(seed, STREAM_OF_WIRE[name] + index));
    this.people = Array.from({ length: perWire }, (_, index) => [
      person('lvqr', arriveOverSignal, index),
      person('mesh', arriveOverSocketIo, index),
    ]).flat();
  }

  /** Resolves when the crowd has dispersed. */
  async live(): Promise<void> {
    await Promise.all(this.people.map((regular) => regular.live()));
  }

  isOver(): boolean {
    return this.#isOver;
  }

  stay(): void {
    for (const regular of this.people) regular.stay();
  }

  /** Sends everybody home: half with a goodbye. */
  disperse(): void {
    this.#isOver = true;
    this.#end();
    for (const [index, { viewer }] of this.people.entries()) {
      if (index % 4 < 2) viewer?.leave();
      else viewer?.vanish();
    }
  }

  /** Where those who are connected believe to stand: parent by peer_id. */
  beliefs(): Map<string, string | null> {
    const beliefs = new Map<string, string | null>();
    for (const { viewer } of this.people) {
      if (viewer?.isConnected === true && viewer.place !== null) {
        beliefs.set(viewer.place.peer_id, viewer.place.parent_id);
      }
    }
    return beliefs;
  }

  /** Peers that more than one client of the LVQR wire would feed, and those that one feeds though it is not their parent. */
  wronglyFed(): string[] {
    const beliefs = this.beliefs();
    const wrong: string[] = [];
    for (const { viewer } of this.people) {
      for (const child of viewer?.children ?? []) {
        if (beliefs.get(child) !== viewer?.place?.peer_id) wrong.push(child);
      }
    }
    return wrong;
  }
}
