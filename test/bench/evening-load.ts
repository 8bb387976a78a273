import { setTimeout as sleep } from 'node:timers/promises';
import { WireClient } from './wire-client.js';
import { closeAll, registerBody } from './wire-peers.js';

/** How long a newcomer stays. */
export const STAY_MS = 1_000;
/** How often the load is sent: a slice of what is due by then. */
const SLICE_MS = 10;
const PULSES_SETTLE_MS = 1_000;

/** What a service is loaded with. */
export interface Load {
  /** Registered sockets that beat. */
  readonly audience: number;
  readonly pulsesPerSecond: number;
  readonly registersPerSecond: number;
  /** Open sockets that register, leave, and register again in turn; null: each register comes on a fresh connection. */
  readonly openSockets: number | null;
}

/** Milliseconds, of one run. */
export class Latencies {
  /** From the register to its acknowledgement, on a connection just opened. */
  readonly registers: number[] = [];
  /** The same from the first packet of the connection on. */
  readonly joins: number[] = [];
  readonly pulses: number[] = [];
}

/** A steady load: what is sent does not wait for what is acknowledged. */
export class EveningLoad {
  latencies = new Latencies();
  /** Acknowledged so far. */
  readonly acknowledged = { registers: 0, leaves: 0, pulses: 0 };
  /** Fresh connections that were reset while they were opened; a client of ours would come again. */
  resetWhileOpening = 0;
  #timer: NodeJS.Timeout | null = null;
  #nextPeer = 0;
  #underWay = 0;

  readonly #visitors: WireClient[];

  constructor(
    private readonly port: number,
    private readonly track: string,
    private readonly load: Load,
    private readonly audience: readonly WireClient[],
    visitors: readonly WireClient[],
  ) {
    this.#visitors = [...visitors];
  }

  start(): void {
    const { pulsesPerSecond, registersPerSecond, openSockets } = this.load;
    const startedAt = performance.now();
    let beats = 0;
    let joins = 0;
    this.#timer = setInterval(() => {
      const elapsedS = (performance.now() - startedAt) / 1000;
      for (; beats < elapsedS * pulsesPerSecond; beats += 1) this.#beat();
      for (; joins < elapsedS * registersPerSecond; joins += 1)
        void (openSockets === null ? this.#comeAndGo() : this.#visit());
    }, SLICE_MS);
  }

  async stop(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    while (this.#underWay > 0) await sleep(SLICE_MS);
    // Pulses wait for company, and their acknowledgement with them.
    await sleep(PULSES_SETTLE_MS);
    closeAll([...this.audience, ...this.#visitors]);
  }

  #beat(): void {
    const { pulses } = this.latencies;
    const startedAt = performance.now();
    this.audience[this.#nextPeer]?.request('heartbeat', '{}', (isOk, text) => {
      if (!isOk) throw new Error(`heartbeat: ${text}`);
      pulses.push(performance.now() - startedAt);
      this.acknowledged.pulses += 1;
    });
    this.#nextPeer = (this.#nextPeer + 1) % this.audience.length;
  }

  async #comeAndGo(): Promise<void> {
    this.#underWay += 1;
    const { registers, joins } = this.latencies;
    const startedAt = performance.now();
    const client = await WireClient.open(this.port).catch(() => null);
    if (client === null) {
      this.resetWhileOpening += 1;
      this.#underWay -= 1;
      return;
    }
    registers.push(await client.acknowledged('register', registerBody(this.track)));
    joins.push(performance.now() - startedAt);
    this.acknowledged.registers += 1;
    await sleep(STAY_MS);
    await client.acknowledged('leave', '{}');
    this.acknowledged.leaves += 1;
    client.close();
    this.#underWay -= 1;
  }

  /** The same on a socket that is open already. There are more of them than registers under way unless the service falls behind. */
  async #visit(): Promise<void> {
    const client = this.#visitors.pop();
    if (client === undefined) throw new Error('every open socket is taken: the service does not keep up');
    this.#underWay += 1;
    const { registers } = this.latencies;
    registers.push(await client.acknowledged('register', registerBody(this.track)));
    this.acknowledged.registers += 1;
    await sleep(STAY_MS);
    await client.acknowledged('leave', '{}');
    this.acknowledged.leaves += 1;
    this.#visitors.push(client);
    this.#underWay -= 1;
  }
}
