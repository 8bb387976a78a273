import type { PeerNumber } from '../domain/ids.js';
import type { TrackChanges } from '../topology/batch.js';
import type { TopologyService } from '../topology/topology-service.js';
import type { PeerSessions } from './peer-sessions.js';

/**
 * Asks suspected peers for a sign of life. One that answers is cleared and may serve again; one that does not is asked again
 * for as long as its connection stands, and goes at its deadline like any other.
 */
export class Probing {
  constructor(
    private readonly topology: TopologyService,
    private readonly sessions: PeerSessions,
  ) {}

  committed(changes: readonly TrackChanges[]): void {
    for (const { track, events } of changes) {
      for (const event of events) {
        const mayNeedProbe = event.type === 'PeerSuspected' || event.type === 'PeerResumed';
        if (mayNeedProbe && track.tree.peer(event.peer)?.suspected === true) this.#probe(track.name, event.peer);
      }
    }
  }

  #probe(track: string, peer: PeerNumber): void {
    const session = this.sessions.of(track, peer);
    session?.probe((isAlive) => {
      if (isAlive) {
        this.topology.writer.enqueue(track, { type: 'Clear', peer }, () => undefined);
        return;
      }
      // A session that was replaced or has ended: whoever resumes the peer is asked then.
      const isStillSuspected = this.topology.tracks.get(track)?.tree.peer(peer)?.suspected === true;
      if (isStillSuspected && session.state.binding?.peer === peer && !session.state.ended) this.#probe(track, peer);
    });
  }
}
