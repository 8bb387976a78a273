import type { RecordedTopologyEvent } from '../domain/events.js';
import type { IceServer } from '../protocol/server-messages.js';
import type { CutLink, TrackChanges } from '../topology/batch.js';
import { assignmentOf, isSamePlace, placeOf } from './assignment.js';
import type { PeerSessions } from './peer-sessions.js';
import type { RegisterDeadlines } from './register-deadlines.js';

export interface NewsParts {
  readonly sessions: PeerSessions;
  readonly deadlines: RegisterDeadlines;
  readonly iceServers: readonly IceServer[];
}

/** Tells the peers what a durable batch did to them: former parents first, then everybody whose place is another now. */
export class TopologyNews {
  constructor(private readonly parts: NewsParts) {}

  committed(changes: readonly TrackChanges[]): void {
    for (const change of changes) {
      for (const event of change.events) this.#endSessionOfDeparted(change.track.name, event);
      this.#tellFormerParents(change);
      this.#tellTouched(change);
    }
  }

  /** A timed-out peer may still be connected: it keeps the connection and learns at its next message. */
  #endSessionOfDeparted(track: string, event: RecordedTopologyEvent): void {
    if (event.type !== 'PeerLeft' && event.type !== 'PeerTimedOut' && event.type !== 'PeerKicked') return;
    const { sessions, deadlines } = this.parts;
    const session = sessions.of(track, event.peer);
    if (session === null) return;
    if (event.type === 'PeerLeft' && event.cause === 'replaced') {
      sessions.supersede(session);
      return;
    }
    sessions.unbind(session);
    if (event.type === 'PeerKicked') session.close('kicked');
    else deadlines.start(session);
  }

  #tellFormerParents({ track, cut }: TrackChanges): void {
    const told = new Set<string>();
    for (const { child, formerParent } of cut) {
      const isUnderItAgain = child.parent === formerParent && track.tree.peer(child.number) === child;
      const link = `${String(formerParent.number)} ${String(child.number)}`;
      if (isUnderItAgain || told.has(link)) continue;
      told.add(link);
      this.#tellFormerParent(track.name, { child, formerParent });
    }
  }

  #tellFormerParent(track: string, { child, formerParent }: CutLink): void {
    if (child.identity === null) return;
    const body = { peer_id: child.identity.peerId };
    this.parts.sessions.of(track, formerParent.number)?.deliver({ type: 'peer_left', body });
  }

  #tellTouched({ track, touched }: TrackChanges): void {
    for (const peer of touched) {
      const session = this.parts.sessions.of(track.name, peer.number);
      const binding = session?.state.binding ?? null;
      if (session === null || binding === null || track.tree.peer(peer.number) !== peer) continue;
      const place = placeOf(peer);
      if (isSamePlace(place, binding.told)) continue;
      binding.told = place;
      const body = assignmentOf(peer, binding.peerId, track.tree.position, this.parts.iceServers);
      session.deliver({ type: 'assign_parent', body });
    }
  }
}
