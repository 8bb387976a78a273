import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock } from '../clock.js';
import { CONFIG, type Config } from '../config.js';
import { TopologyService } from '../topology/topology-service.js';
import { GatewayMetrics } from './gateway-metrics.js';
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
  readonly registration: Registration;
  readonly reports: PeerReports;
  readonly signalling: Signalling;
  readonly #deadlines: RegisterDeadlines;

  constructor(
    topology: TopologyService,
    @Inject(CONFIG) { iceServers, heartbeatIntervalMs }: Config,
    @Inject(CLOCK) clock: Clock,
  ) {
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
    this.#deadlines.start(session);
  }

  ended(session: PeerSession): void {
    this.registration.ended(session);
  }
}
