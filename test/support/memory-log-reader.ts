import type { PeerIdentity, RecordedEvent, RecordedTopologyEvent } from '../../src/domain/events.js';
import type {
  DecisionsAbout,
  EventLogReader,
  EventRange,
  OnPassed,
  PulseRun,
  TrackHead,
} from '../../src/event-log/event-log.js';
import { namesPeer } from '../../src/history/select-events.js';
import { type RecordedTrack, runsOf } from './recorded-track.js';

/** The port over events in memory, so that a test can hold a log that no store would take: with a gap, or an impossible event. */
export class MemoryLogReader implements EventLogReader {
  readonly #tracks: ReadonlyMap<string, readonly RecordedEvent[]>;
  readonly #open: ReadonlyMap<string, boolean>;

  constructor(...tracks: readonly RecordedTrack[]) {
    this.#tracks = new Map(tracks.map((track) => [track.name, track.events]));
    this.#open = new Map(tracks.map((track) => [track.name, track.tree.settings !== null]));
  }

  heads(): TrackHead[] {
    return [...this.#tracks.keys()].map((track) => this.head(track)).filter((head) => head !== null);
  }

  opening(): null {
    return null;
  }

  head(track: string): TrackHead | null {
    const last = this.#tracks.get(track)?.at(-1);
    if (last === undefined) return null;
    return {
      track,
      position: last.position,
      recordedAt: last.recordedAt,
      hash: '',
      open: this.#open.get(track) ?? true,
    };
  }

  topologyEvents(range: EventRange): IterableIterator<RecordedTopologyEvent> {
    return this.#topologyEvents(range);
  }

  events(range: EventRange): IterableIterator<RecordedEvent> {
    return this.#events(range);
  }

  /** Not by way of the public method: whoever counts what is read there counts what a look-up finds, and not what it passes. */
  *#topologyEvents(range: EventRange): IterableIterator<RecordedTopologyEvent> {
    for (const event of this.#events(range)) {
      if (event.type !== 'HeartbeatReceived' && event.type !== 'ForwardReported') yield event;
    }
  }

  *#events({ track, afterPosition, untilPosition = Infinity }: EventRange): IterableIterator<RecordedEvent> {
    for (const event of this.#tracks.get(track) ?? []) {
      if (event.position > afterPosition && event.position <= untilPosition) yield event;
    }
  }

  pulseRuns(range: EventRange): IterableIterator<PulseRun> {
    return this.#pulseRuns(range);
  }

  *#pulseRuns({ track, afterPosition, untilPosition = Infinity }: EventRange): IterableIterator<PulseRun> {
    for (const run of runsOf(this.#tracks.get(track) ?? [])) {
      if (run.kind !== 'pulses') continue;
      if (run.firstPosition <= untilPosition && run.firstPosition + run.count - 1 > afterPosition) yield run;
    }
  }

  eventsNaming(range: EventRange, peer: number): RecordedTopologyEvent[] {
    const [named, other] = [new Set([peer]), -1];
    const isNamed = (event: RecordedTopologyEvent): boolean =>
      namesPeer('displaced' in event ? { ...event, displaced: other } : event, named);
    return [...this.#topologyEvents(range)].filter(isNamed);
  }

  trackEvents(range: EventRange): RecordedTopologyEvent[] {
    return [...this.#topologyEvents(range)].filter((event) => !('peer' in event));
  }

  joinCount(range: EventRange): number {
    return [...this.#topologyEvents(range)].filter(({ type }) => type === 'PeerJoined').length;
  }

  departures(range: EventRange, peers: readonly number[]): RecordedTopologyEvent[] {
    const wanted = new Set(peers);
    const isDeparture = ({ type }: RecordedTopologyEvent): boolean =>
      type === 'PeerLeft' || type === 'PeerTimedOut' || type === 'PeerKicked';
    return [...this.#topologyEvents(range)].filter(
      (event) => 'peer' in event && wanted.has(event.peer) && isDeparture(event),
    );
  }

  decisionsAbout(range: EventRange, peers: readonly number[]): DecisionsAbout[] {
    const wanted = new Set(peers);
    const found = new Map<number, DecisionsAbout>();
    for (const event of this.#topologyEvents(range)) {
      if (event.type !== 'ParentAssigned' && event.type !== 'PeerWaiting') continue;
      const { peer } = event;
      if (wanted.has(peer)) found.set(peer, { peer, count: (found.get(peer)?.count ?? 0) + 1, last: event });
    }
    return [...found.values()];
  }

  *pulseRunsOf(range: EventRange, peer: number, onPassed: OnPassed = () => undefined): IterableIterator<PulseRun> {
    for (const run of this.#pulseRuns(range)) {
      if (run.peers.includes(peer)) yield run;
      else onPassed(1);
    }
  }

  peerNumbers(track: string, peerId: string): number[] {
    return this.#joins(track)
      .filter((join) => join.identity?.peerId === peerId)
      .map((join) => join.peer);
  }

  identity(track: string, peer: number): PeerIdentity | null {
    return this.#joins(track).find((join) => join.peer === peer)?.identity ?? null;
  }

  lastRecordedAt(): number {
    return Math.max(0, ...this.heads().map((head) => head.recordedAt));
  }

  positionAt(track: string, timeMs: number): number {
    return this.#tracks.get(track)?.findLast((event) => event.recordedAt <= timeMs)?.position ?? 0;
  }

  close(): void {
    // Nothing is held open.
  }

  #joins(track: string): (RecordedTopologyEvent & { type: 'PeerJoined' })[] {
    return (this.#tracks.get(track) ?? []).filter((event) => event.type === 'PeerJoined');
  }
}
