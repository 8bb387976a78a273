import { type Refusal, refusal } from '../protocol/rejection.js';
import { AccessToken } from './access-token.js';
import { addressKey } from './address-key.js';
import type { GatewayMetrics } from './gateway-metrics.js';
import { CONNECTIONS_BURST_FACTOR } from './limits.js';
import { AddressBuckets } from './token-bucket.js';

/** What admission needs of the settings. */
export interface AdmissionLimits {
  readonly rateLimitConnections: number;
  readonly connectionsPerAddressMax: number;
  readonly connectionsMax: number;
  readonly subscribeToken: string | null;
}

/** Decides who may connect: by rate and number for each address, by number in total, by token. Shared by all wires. */
export class ConnectionAdmission {
  readonly #token: AccessToken;
  readonly #rates: AddressBuckets;
  readonly #open = new Map<string, number>();
  #total = 0;
  #isDraining = false;

  constructor(
    private readonly limits: AdmissionLimits,
    private readonly metrics: GatewayMetrics,
  ) {
    this.#token = new AccessToken(limits.subscribeToken);
    const rate = limits.rateLimitConnections;
    this.#rates = new AddressBuckets(rate, rate * CONNECTIONS_BURST_FACTOR);
  }

  /** From now on everybody is refused with `shutting_down`. */
  drain(): void {
    this.#isDraining = true;
  }

  /** @param token whatever was presented. @returns why the connection is refused, or null. */
  judge(address: string, token: unknown, nowMs: number): Refusal | null {
    const refused = this.#refusalOf(addressKey(address), token, nowMs);
    if (refused !== null) this.metrics.connectionRefused(refused.code);
    if (refused?.code === 'unauthorized') this.metrics.authFailures += 1;
    return refused;
  }

  opened(address: string): void {
    const key = addressKey(address);
    this.#open.set(key, (this.#open.get(key) ?? 0) + 1);
    this.#total += 1;
    this.metrics.connections += 1;
  }

  closed(address: string): void {
    const key = addressKey(address);
    const left = (this.#open.get(key) ?? 0) - 1;
    if (left > 0) this.#open.set(key, left);
    else this.#open.delete(key);
    this.#total -= 1;
    this.metrics.connections -= 1;
  }

  #refusalOf(key: string, token: unknown, nowMs: number): Refusal | null {
    const { connectionsMax, connectionsPerAddressMax } = this.limits;
    if (this.#isDraining) return refusal('shutting_down', 'the service is shutting down; come back in a moment');
    if (!this.#rates.take(key, nowMs)) {
      return refusal('rate_limited', 'too many new connections from this address; come back in a moment');
    }
    if (this.#total >= connectionsMax)
      return refusal('busy', 'the service has its limit of connections; come back later');
    if ((this.#open.get(key) ?? 0) >= connectionsPerAddressMax) {
      return refusal('rate_limited', 'this address has its limit of connections');
    }
    return this.#token.admits(token) ? null : refusal('unauthorized', 'the token is missing or wrong');
  }
}
