import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock } from '../clock.js';
import { CONFIG, type Config } from '../config.js';
import { TopologyService } from '../topology/topology-service.js';
import { ConnectionAdmission } from './connection-admission.js';
import { GatewayMetrics } from './gateway-metrics.js';
import { IceServerList } from './ice-server-list.js';
import { PeerReports } from './peer-reports.js';
import type { PeerSession } from './peer-session.js';
import { PeerSessions } from './peer-sessions.js';
import { Probing } from './probing.js';
import { RegisterDeadlines } from './register-deadlines.js';
import { Registration } from './registration.js';
import { Signalling } from './signalling.js';
import { TopologyNews } from './topology-news.js';

/**
 * All that a session can do, whichever wire it speaks: one layer for the socket.io namespace and the plain WebSocket, so that
 * a peer has one session over both.
 */
@Injectable()
export class SessionLayer {
  readonly metrics = new GatewayMetrics();
  readonly sessions = new PeerSessions(this.metrics);
  readonly admission: ConnectionAdmission;
  readonly iceServers: IceServerList;
  readonly registration: Registration;
  readonly reports: PeerReports;
  readonly signalling: Signalling;
  readonly #deadlines: RegisterDeadlines;
  readonly #clock: Clock;
  /** All that are open, with a peer or without. */
  readonly #open = new Set<PeerSession>();

  constructor(topology: TopologyService, @Inject(CONFIG) config: Config, @Inject(CLOCK) clock: Clock) {
    this.#clock = clock;
    this.admission = new ConnectionAdmission(config, this.metrics, () => clock.wallMs());
    this.iceServers = new IceServerList(config.iceServersFile?.servers ?? config.iceServers, config, clock);
    const { heartbeatIntervalMs } = config;
    const { iceServers } = this;
    const { sessions } = this;
    const deadlines = new RegisterDeadlines(clock, this.metrics);
    this.#deadlines = deadlines;
    this.registration = new Registration({ topology, sessions, deadlines, iceServers, heartbeatIntervalMs });
    this.reports = new PeerReports(topology);
    this.signalling = new Signalling(topology, sessions);
    const news = new TopologyNews({ sessions, deadlines, iceServers, topology, clock });
    const probing = new Probing(topology, sessions);
    topology.listen({
      committed: (changes) => {
        news.committed(changes);
        probing.committed(changes);
      },
    });
  }

  /** A connection was admitted; from now on it has time to register. */
  began(session: PeerSession): void {
    this.#open.add(session);
    this.admission.opened(session.address);
    this.#deadlines.start(session);
  }

  /** @param hasLeft whether its client said goodbye, in which case its peer leaves at once. */
  ended(session: PeerSession, hasLeft = false): void {
    if (this.#open.delete(session)) this.admission.closed(session.address);
    this.registration.ended(session, hasLeft);
  }

  /**
   * Sends everybody away, spread over `spreadMs` so that they don't all come back at the same moment, and lets nobody in. To
   * the clients it is a lost connection: they return with their own back-off. Resolves when all have been sent.
   */
  async drain(spreadMs: number): Promise<void> {
    this.admission.drain();
    const departures = [...this.#open].map(
      (session) =>
        new Promise<void>((resolve) => {
          this.#clock.after(Math.random() * spreadMs, () => {
            session.close('draining');
            resolve();
          });
        }),
    );
    await Promise.all(departures);
  }
}
