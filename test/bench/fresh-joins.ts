import { type Benchmark, figureOf } from './benchmark.js';
import { SERVICE_TEXT, type Target, withEcho, withService } from './server-process.js';
import type { WireClient } from './wire-client.js';
import { closeAll, joinTrack } from './wire-peers.js';

const AT_ONCE = 50;
const RUNS = 3;
const RUN_MS = 1_500;
/** Sockets of one run, at most: it bounds what both processes have open. */
const JOINS_PER_RUN_MAX = 3_000;
const NAME = 'fresh_joins_per_s';

/** `fresh_joins_per_s`: a new connection, the namespace, a registered peer, durable. */
export const freshJoins: Benchmark = {
  names: [NAME],
  measure: () =>
    withService((service) =>
      withEcho(async (echo) => {
        const values: number[] = [];
        const baselines: number[] = [];
        for (let run = -1; run < RUNS; run += 1) {
          const value = await joinsPerSecond(service);
          const baseline = await joinsPerSecond(echo);
          if (run < 0) continue;
          values.push(value);
          baselines.push(baseline);
        }
        const conditions = `fresh connection and register, ${String(AT_ONCE)} at a time, each staying until the end of its run, one track; ${SERVICE_TEXT}; runs of ${String(RUN_MS)} ms, 1 to warm up; baseline: the same against bare socket.io that acknowledges at once`;
        return [figureOf({ name: NAME, unit: 'joins/s', values, baselines, conditions })];
      }),
    ),
};

/** Joins a second on connections of their own. */
export async function joinsPerSecond({ port }: Target): Promise<number> {
  const clients: WireClient[] = [];
  const startedAt = performance.now();
  const joinSome = async (): Promise<void> => {
    while (performance.now() - startedAt < RUN_MS && clients.length < JOINS_PER_RUN_MAX) {
      clients.push(await joinTrack(port, 'bench/joins'));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, joinSome));
  const perSecond = (clients.length / (performance.now() - startedAt)) * 1000;
  closeAll(clients);
  return perSecond;
}
