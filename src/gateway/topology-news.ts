import type { Clock } from '../clock.js';
import type { RecordedTopologyEvent } from '../domain/events.js';
import type { PeerNumber } from '../domain/ids.js';
import type { PeerNode } from '../domain/peer-node.js';
import type { CutLink, TrackChanges } from '../topology/batch.js';
import type { LiveTrack } from '../topology/live-track.js';
import type { TopologyService } from '../topology/topology-service.js';
import { assignmentOf, placeIn, toldOf } from './assignment.js';
import type { IceServerList } from './ice-server-list.js';
import { PLAN_ANSWERED_WITHIN_MS, TOLD_AT_ONCE_MAX } from './limits.js';
import type { PeerSessions } from './peer-sessions.js';
import type { RegisterDeadlines } from './register-deadlines.js';

export interface NewsParts {
  readonly sessions: PeerSessions;
  readonly deadlines: RegisterDeadlines;
  readonly iceServers: IceServerList;
  readonly topology: TopologyService;
  readonly clock: Clock;
}

/** Tells the peers what a durable batch did to them: former parents first, then everybody whose place is another now. */
export class TopologyNews {
  constructor(private readonly parts: NewsParts) {}

  committed(changes: readonly TrackChanges[]): void {
    for (const change of changes) {
      for (const event of change.events) this.#endSessionOfDeparted(change.track.name, event);
      this.#tellFormerParents(change);
      this.#tellTouched(change);
      this.#answerFollowers(change);
      if (change.events.some(({ type }) => type === 'TrackConfigured')) this.#tellAll(change.track.name);
    }
  }

  /** A timed-out peer may still be connected: it keeps the connection, where its client learns at its next message and knows what to do. */
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
    else if (session.canRegisterAgain) deadlines.start(session);
    else if (event.type === 'PeerTimedOut') session.close('timed_out');
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

  /** A plan hangs on the parent's children and their room, and on the grandparent: so those around a touched peer are looked at too. */
  #tellTouched({ track, touched }: TrackChanges): void {
    const concerned = new Set<PeerNode>();
    for (const peer of touched) {
      concerned.add(peer);
      for (const child of peer.children) concerned.add(child);
      for (const sibling of peer.parent?.children ?? []) concerned.add(sibling);
    }
    for (const peer of concerned) this.#tell(track, peer, false);
  }

  /** Under other rules every plan may be another, also of those whom no event touched. */
  #tellAll(name: string, numbers: readonly PeerNumber[] = this.parts.sessions.inTrack(name)): void {
    if (numbers.length === 0) return;
    const told = this.parts.topology.writer.read(name, (track) => {
      for (const number of numbers.slice(0, TOLD_AT_ONCE_MAX)) {
        const peer = track?.tree.peer(number) ?? null;
        if (track !== null && peer !== null) this.#tell(track, peer, false);
      }
    });
    void told.then(() => {
      this.#tellAll(name, numbers.slice(TOLD_AT_ONCE_MAX));
    });
  }

  /** @param again whether to tell also what was told before. */
  #tell(track: LiveTrack, peer: PeerNode, again: boolean): void {
    const session = this.parts.sessions.of(track.name, peer.number);
    const binding = session?.state.binding ?? null;
    if (session === null || binding === null || track.tree.peer(peer.number) !== peer) return;
    const place = placeIn(track.tree, peer);
    const told = toldOf(place);
    if (!again && !session.isNews(told, binding.told)) return;
    binding.told = told;
    const iceServers = this.parts.iceServers.for(session.access, binding.peerId);
    session.deliver({ type: 'assign_parent', body: assignmentOf(place, binding.peerId, iceServers) });
  }

  /** Who followed its plan is told its place, the same or another: at once when it was moved already, else when others had time to complain. */
  #answerFollowers({ track, events }: TrackChanges): void {
    for (const event of events) {
      if (event.type !== 'PlanFollowed') continue;
      const peer = track.tree.peer(event.peer);
      if (peer === null) continue;
      if (event.lostParent === null || peer.parent?.number !== event.lostParent) this.#tell(track, peer, true);
      else this.#tellLater(track.name, event.peer);
    }
  }

  #tellLater(name: string, number: PeerNumber): void {
    const { sessions, clock, topology } = this.parts;
    const told = sessions.of(name, number)?.state.binding?.told;
    clock.after(PLAN_ANSWERED_WITHIN_MS, () => {
      void topology.writer.read(name, (track) => {
        const peer = track?.tree.peer(number) ?? null;
        const isUntold = sessions.of(name, number)?.state.binding?.told === told;
        if (track !== null && peer !== null && isUntold) this.#tell(track, peer, true);
      });
    });
  }
}
