import { setTimeout as sleep } from 'node:timers/promises';
import { type Benchmark, figureOf } from './benchmark.js';
import { SERVICE_TEXT, withEcho, withService } from './server-process.js';
import type { WireClient } from './wire-client.js';
import { closeAll, gather } from './wire-peers.js';

const SOCKETS = 1_000;
/** Unacknowledged heartbeats of one socket. Acknowledgements linger 200 ms, so this allows 80,000 a second and no session reaches its limit. */
const IN_FLIGHT = 16;
const RUNS = 3;
const RUN_MS = 2_000;
const SETTLE_MS = 500;
const NAME = 'acks_per_s_one_core';

/** `acks_per_s_one_core`: acknowledged heartbeats a second when the service's one event loop can take no more. */
export const saturation: Benchmark = {
  names: [NAME],
  measure: () =>
    withService((service) =>
      withEcho(async (echo) => {
        const served = new ClosedLoop(await gather(service.port, 'bench/saturation', SOCKETS));
        const echoed = new ClosedLoop(await gather(echo.port, 'bench/saturation', SOCKETS));
        const values: number[] = [];
        const baselines: number[] = [];
        for (let run = -1; run < RUNS; run += 1) {
          const value = await served.perSecond();
          const baseline = await echoed.perSecond();
          if (run < 0) continue;
          values.push(value);
          baselines.push(baseline);
        }
        served.close();
        echoed.close();
        const conditions = `heartbeats on ${String(SOCKETS)} registered sockets, ${String(IN_FLIGHT)} in flight on each, durable before acknowledged; ${SERVICE_TEXT}; runs of ${String(RUN_MS)} ms, 1 to warm up; baseline: bare socket.io that acknowledges at once, same load`;
        return [figureOf({ name: NAME, unit: 'acks/s', values, baselines, conditions })];
      }),
    ),
};

/** Every acknowledgement is answered by the next heartbeat. */
class ClosedLoop {
  #acknowledged = 0;
  #refused = 0;
  #inFlight = 0;
  #running = false;

  constructor(private readonly clients: readonly WireClient[]) {}

  async perSecond(): Promise<number> {
    this.#running = true;
    for (const client of this.clients) for (let sent = 0; sent < IN_FLIGHT; sent += 1) this.#beat(client);
    await sleep(SETTLE_MS);
    const before = this.#acknowledged;
    const startedAt = performance.now();
    await sleep(RUN_MS);
    const perSecond = ((this.#acknowledged - before) / (performance.now() - startedAt)) * 1000;
    this.#running = false;
    while (this.#inFlight > 0) await sleep(10);
    if (this.#refused > 0) throw new Error(`${String(this.#refused)} heartbeats were refused`);
    return perSecond;
  }

  close(): void {
    closeAll(this.clients);
  }

  #beat(client: WireClient): void {
    this.#inFlight += 1;
    client.request('heartbeat', '{}', (isOk) => {
      this.#inFlight -= 1;
      if (isOk) this.#acknowledged += 1;
      else this.#refused += 1;
      if (this.#running) this.#beat(client);
    });
  }
}
