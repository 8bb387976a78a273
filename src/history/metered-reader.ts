import type { PeerIdentity, RecordedEvent, RecordedTopologyEvent } from '../domain/events.js';
import type { PeerNumber, Position } from '../domain/ids.js';
import type { EventRange, PulseRun, TrackHead } from '../event-log/event-log.js';
import type { CommitRecord } from '../event-log/sqlite-event-log-reader.js';
import { HistoryFault } from './history-request.js';
import type { TimeIndex } from './moment.js';
import type { CommitReader } from './stream-page.js';

/** The log as a history thread reads it: every event that is read counts, and a question that reads too many is ended. */
export class MeteredReader implements CommitReader, TimeIndex {
  #read = 0;

  /** @param costMax events one question may read. */
  constructor(
    private readonly reader: CommitReader & TimeIndex,
    private readonly costMax: number,
  ) {}

  /** The next question begins, with the whole budget. */
  begin(): void {
    this.#read = 0;
  }

  heads(): TrackHead[] {
    return this.reader.heads();
  }

  head(track: string): TrackHead | null {
    return this.reader.head(track);
  }

  *topologyEvents(range: EventRange): IterableIterator<RecordedTopologyEvent> {
    for (const event of this.reader.topologyEvents(range)) {
      this.#count(1);
      yield event;
    }
  }

  *events(range: EventRange): IterableIterator<RecordedEvent> {
    for (const event of this.reader.events(range)) {
      this.#count(1);
      yield event;
    }
  }

  *pulseRuns(range: EventRange): IterableIterator<PulseRun> {
    for (const run of this.reader.pulseRuns(range)) {
      this.#count(run.count);
      yield run;
    }
  }

  peerNumbers(track: string, peerId: string): PeerNumber[] {
    return this.reader.peerNumbers(track, peerId);
  }

  identity(track: string, peer: PeerNumber): PeerIdentity | null {
    return this.reader.identity(track, peer);
  }

  positionAt(track: string, timeMs: number): Position {
    return this.reader.positionAt(track, timeMs);
  }

  commitsAfter(sequence: number, limit: number): CommitRecord[] {
    return this.reader.commitsAfter(sequence, limit);
  }

  lastCommit(): CommitRecord | null {
    return this.reader.lastCommit();
  }

  close(): void {
    this.reader.close();
  }

  #count(events: number): void {
    this.#read += events;
    if (this.#read > this.costMax) {
      throw new HistoryFault(
        'query_too_costly',
        `the answer would take more than ${String(this.costMax)} events to find: ask for less, or use the command line`,
      );
    }
  }
}
