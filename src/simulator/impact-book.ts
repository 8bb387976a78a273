import type { PeerNumber } from '../domain/ids.js';
import type { DeliveryWatcher } from './delivery.js';
import type { Viewer } from './viewer.js';
import type { VirtualTime } from './virtual-time.js';

/** What one departure did to others. */
export interface Impact {
  /** Number of the departed viewer in the log it comes from, or in the run. */
  readonly peer: PeerNumber;
  /** When it went, milliseconds since the run began. */
  readonly atMs: number;
  readonly silent: boolean;
  /** Viewers that were cut off by it. */
  viewers: number;
  /** What they missed together, until they were fed again, left, or the run ended. */
  lostMs: number;
}

/** Books each interruption to the departure that caused it, beside whatever else watches. */
export class ImpactBook {
  readonly impacts: Impact[] = [];
  readonly #open = new Map<Viewer, { impact: Impact; sinceMs: number }>();
  #current: Impact | null = null;
  #nowMs: () => number = () => 0;

  /** @returns a watcher that also tells `other`. */
  over(other: DeliveryWatcher, time: VirtualTime): DeliveryWatcher {
    this.#nowMs = () => time.nowMs;
    return {
      beforeChange: (viewer) => other.beforeChange(viewer),
      fed: (viewer) => {
        this.#settle(viewer);
        other.fed(viewer);
      },
      cutOff: (viewer) => {
        if (this.#current !== null) {
          this.#current.viewers += 1;
          this.#open.set(viewer, { impact: this.#current, sinceMs: this.#nowMs() });
        }
        other.cutOff(viewer);
      },
    };
  }

  /** Whoever is cut off while `act` runs is cut off because `departed` goes. */
  during(departed: Viewer, act: () => void): void {
    this.#settle(departed);
    const { number, plan } = departed;
    const impact = {
      peer: plan.recorded?.peer ?? number,
      atMs: this.#nowMs(),
      silent: plan.silent,
      viewers: 0,
      lostMs: 0,
    };
    this.#current = impact;
    act();
    this.#current = null;
    if (impact.viewers > 0) this.impacts.push(impact);
  }

  /** The run is over: whoever is still cut off has missed all until now. */
  finish(): void {
    for (const viewer of [...this.#open.keys()]) this.#settle(viewer);
  }

  #settle(viewer: Viewer): void {
    const cut = this.#open.get(viewer);
    if (cut === undefined) return;
    cut.impact.lostMs += this.#nowMs() - cut.sinceMs;
    this.#open.delete(viewer);
  }
}
