import { setTimeout as sleep } from 'node:timers/promises';
import { type Benchmark, type Figure, figureOf, median } from './benchmark.js';
import { joinsPerSecond } from './fresh-joins.js';
import { SERVICE_TEXT, type Target, withForgetfulService, withService } from './server-process.js';
import { WireClient } from './wire-client.js';
import { closeAll, openSome, registerBody } from './wire-peers.js';

const SOCKETS = 500;
const TRACK = 'bench/durability';
const PAIRS = 5;
const RUN_MS = 1_500;
const SETTLE_MS = 300;
const REGISTERS = 'durability_cost_percentage';
const FRESH = 'durability_cost_percentage_fresh_joins';

/** `durability_cost_percentage*`: by how much registers a second fall because they are durable. */
export const durabilityCost: Benchmark = {
  names: [REGISTERS, FRESH],
  measure: (wanted) =>
    withService((durable) =>
      withForgetfulService(async (forgetful) => {
        const figures: Figure[] = [];
        if (wanted.has(REGISTERS)) figures.push(await measureRegisters(durable, forgetful));
        if (wanted.has(FRESH)) figures.push(await measureFreshJoins(durable, forgetful));
        return figures;
      }),
    ),
};

async function measureRegisters(durable: Target, forgetful: Target): Promise<Figure> {
  const crowds = await Promise.all([RegisteringCrowd.open(durable.port), RegisteringCrowd.open(forgetful.port)]);
  const [kept, lost] = crowds;
  const pairs = await measurePairs(
    () => kept.registersPerSecond(),
    () => lost.registersPerSecond(),
  );
  for (const crowd of crowds) crowd.close();
  const load = `registers on ${String(SOCKETS)} open sockets, each followed by a leave before the next, one track`;
  return figureOfPairs(REGISTERS, pairs, load);
}

async function measureFreshJoins(durable: Target, forgetful: Target): Promise<Figure> {
  const pairs = await measurePairs(
    () => joinsPerSecond(durable),
    () => joinsPerSecond(forgetful),
  );
  return figureOfPairs(FRESH, pairs, 'fresh connections and registers, 50 at a time, one track');
}

interface Pair {
  readonly durable: number;
  readonly forgetful: number;
}

/** One to warm up. Each pair begins with the other, so that a machine that grows busier wrongs nobody. */
async function measurePairs(durable: () => Promise<number>, forgetful: () => Promise<number>): Promise<Pair[]> {
  const pairs: Pair[] = [];
  for (let run = -1; run < PAIRS; run += 1) {
    const isDurableFirst = run % 2 === 0;
    const first = await (isDurableFirst ? durable() : forgetful());
    const second = await (isDurableFirst ? forgetful() : durable());
    if (run < 0) continue;
    pairs.push(isDurableFirst ? { durable: first, forgetful: second } : { durable: second, forgetful: first });
  }
  return pairs;
}

function figureOfPairs(name: string, pairs: readonly Pair[], load: string): Figure {
  const costs = pairs.map(costPercentage);
  const spread = costs.map((cost) => cost.toFixed(1)).join(', ');
  const [with_, without] = [
    median(pairs.map(({ durable }) => durable)),
    median(pairs.map(({ forgetful }) => forgetful)),
  ];
  const conditions = [
    `${load}; ${SERVICE_TEXT}`,
    `pairs of runs of ${String(RUN_MS)} ms, either first in turn, 1 pair to warm up: ${spread} %`,
    `${with_.toFixed(0)} registers/s against ${without.toFixed(0)} with a log that keeps nothing and answers at once`,
  ];
  return figureOf({ name, unit: '%', values: costs, conditions: conditions.join('; ') });
}

/** By how much of the second the first is lower, per cent; below zero when it is higher. */
export function costPercentage({ durable, forgetful }: Pair): number {
  return (1 - durable / forgetful) * 100;
}

/** Open sockets, each of which registers, leaves, and registers again. */
class RegisteringCrowd {
  #registered = 0;
  #running = false;

  private constructor(private readonly clients: readonly WireClient[]) {}

  static async open(port: number): Promise<RegisteringCrowd> {
    return new RegisteringCrowd(await openSome(SOCKETS, () => WireClient.open(port)));
  }

  async registersPerSecond(): Promise<number> {
    this.#running = true;
    const loops = this.clients.map((client) => this.#comeAndGo(client));
    await sleep(SETTLE_MS);
    const before = this.#registered;
    const startedAt = performance.now();
    await sleep(RUN_MS);
    const perSecond = ((this.#registered - before) / (performance.now() - startedAt)) * 1000;
    this.#running = false;
    await Promise.all(loops);
    return perSecond;
  }

  close(): void {
    closeAll(this.clients);
  }

  async #comeAndGo(client: WireClient): Promise<void> {
    while (this.#running) {
      await client.acknowledged('register', registerBody(TRACK));
      this.#registered += 1;
      await client.acknowledged('leave', '{}');
    }
  }
}
