import type { Clock } from '../clock.js';
import type { GatewayMetrics } from './gateway-metrics.js';
import { REGISTER_DEADLINE_MS } from './limits.js';
import type { PeerSession } from './peer-session.js';

/** Closes sessions that stay without a peer: an open connection that is nobody's costs memory for nothing. */
export class RegisterDeadlines {
  constructor(
    private readonly clock: Clock,
    private readonly metrics: GatewayMetrics,
  ) {}

  start(session: PeerSession): void {
    this.cancel(session);
    if (session.state.ended) return;
    session.state.cancelDeadline = this.clock.after(REGISTER_DEADLINE_MS, () => this.#pass(session));
  }

  cancel(session: PeerSession): void {
    session.state.cancelDeadline?.();
    session.state.cancelDeadline = null;
  }

  #pass(session: PeerSession): void {
    const { ended, binding, registering } = session.state;
    if (ended || binding !== null) return;
    if (registering !== null) {
      this.start(session);
      return;
    }
    this.metrics.registerDeadlinesMissed += 1;
    session.close('register_deadline');
  }
}
