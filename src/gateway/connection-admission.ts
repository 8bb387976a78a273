import { type Refusal, refusal } from '../protocol/rejection.js';
import type { Access } from './access.js';
import { AccessCheck, type AccessSettings } from './access-check.js';
import { addressKey } from './address-key.js';
import type { GatewayMetrics } from './gateway-metrics.js';
import { CONNECTIONS_BURST_FACTOR } from './limits.js';
import { AddressBuckets } from './token-bucket.js';

/** What admission needs of the settings. */
export interface AdmissionLimits extends AccessSettings {
  readonly rateLimitConnections: number;
  readonly connectionsPerAddressMax: number;
  readonly connectionsMax: number;
}

export type Admission = Readonly<{ ok: true; access: Access }> | Refusal;

/** Decides who may connect: by rate and number for each address, by number in total, by token. Shared by all wires. */
export class ConnectionAdmission {
  readonly #check: AccessCheck;
  readonly #rates: AddressBuckets;
  readonly #open = new Map<string, number>();
  #total = 0;
  #isDraining = false;

  constructor(
    private readonly limits: AdmissionLimits,
    private readonly metrics: GatewayMetrics,
    wallMs: () => number,
  ) {
    this.#check = new AccessCheck(limits, wallMs);
    const rate = limits.rateLimitConnections;
    this.#rates = new AddressBuckets(rate, rate * CONNECTIONS_BURST_FACTOR);
  }

  /** From now on everybody is refused with `shutting_down`. */
  drain(): void {
    this.#isDraining = true;
  }

  /**
   * Judges who asks to connect. Refusals: `shutting_down`, `rate_limited`, `busy`, `unauthorized`.
   *
   * @param token whatever was presented. @param nowMs monotonic milliseconds.
   */
  async admit(address: string, token: unknown, nowMs: number): Promise<Admission> {
    const admission = await this.#judge(addressKey(address), token, nowMs);
    if (admission.ok) return admission;
    this.metrics.connectionRefused(admission.code);
    if (admission.code === 'unauthorized') this.metrics.authFailures += 1;
    return admission;
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

  /** The rate comes before the token, so that nobody can make the service check signatures without end. */
  async #judge(key: string, token: unknown, nowMs: number): Promise<Admission> {
    const full = this.#refusalForWantOfRoom(key);
    if (full !== null) return full;
    if (!this.#rates.take(key, nowMs)) {
      return refusal('rate_limited', 'too many new connections from this address; come back in a moment');
    }
    const access = await this.#check.accessOf(token);
    if (access === null) return refusal('unauthorized', 'the token is missing or wrong');
    // Others may have come in while a signature was checked.
    return this.#refusalForWantOfRoom(key) ?? { ok: true, access };
  }

  #refusalForWantOfRoom(key: string): Refusal | null {
    const { connectionsMax, connectionsPerAddressMax } = this.limits;
    if (this.#isDraining) return refusal('shutting_down', 'the service is shutting down; come back in a moment');
    if (this.#total >= connectionsMax) {
      return refusal('busy', 'the service has its limit of connections; come back later');
    }
    if ((this.#open.get(key) ?? 0) >= connectionsPerAddressMax) {
      return refusal('rate_limited', 'this address has its limit of connections');
    }
    return null;
  }
}
