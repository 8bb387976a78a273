import type { TrackHead } from '../event-log/event-log.js';
import { DocumentWriter } from './document-writer.js';
import { eventJson } from './event-json.js';
import { FollowedTrees } from './followed-trees.js';
import {
  type EventPage,
  EVENTS_PER_PAGE_MAX,
  type EventsRequest,
  type HeadPage,
  type HistoryAnswers,
  HistoryFault,
  type HistoryRequest,
  POSITIONS_PER_PAGE_MAX,
  TRACKS_PER_PAGE_MAX,
} from './history-request.js';
import type { TimeIndex } from './moment.js';
import { PeerNames } from './peer-names.js';
import { selectEvents } from './select-events.js';
import { type CommitReader, streamPage, streamStart } from './stream-page.js';

/** Answers questions about the log, one at a time. */
export class HistoryAnswerer {
  readonly #documents: DocumentWriter;

  constructor(private readonly reader: CommitReader & TimeIndex) {
    this.#documents = new DocumentWriter(reader, new FollowedTrees(reader));
  }

  /** @throws HistoryFault with its code; CorruptLogError, with the track named. */
  answer(request: HistoryRequest): HistoryAnswers[HistoryRequest['kind']] {
    switch (request.kind) {
      case 'heads':
        return this.#heads(request);
      case 'events':
        return this.#events(request);
      case 'stream-start':
        return streamStart(this.reader, request.cursor);
      case 'stream':
        return streamPage(this.reader, request.after, request.filter);
      case 'mesh':
        return this.#documents.mesh(this.#headsOf(request.track), request.timeMs, request.nowMs);
      case 'mesh-part':
        return this.#documents.meshPart(request.track, request.position);
      case 'document':
        return this.#documents.answer(this.#headOf(request.about.track), request.about);
    }
  }

  #heads({ after, limit }: Extract<HistoryRequest, { kind: 'heads' }>): HeadPage {
    const behind = this.reader.heads().filter(({ track }) => track > after);
    const heads = behind.slice(0, Math.min(limit, TRACKS_PER_PAGE_MAX));
    return { heads, nextAfter: heads.length < behind.length ? (heads.at(-1)?.track ?? null) : null };
  }

  #events({ track, after, limit, types, peerId }: EventsRequest): EventPage {
    const head = this.#headOf(track);
    if (after > head.position) {
      throw new HistoryFault('position_out_of_range', `track ${track} ends at position ${String(head.position)}`);
    }
    const peers = peerId === null ? null : new Set(this.reader.peerNumbers(track, peerId));
    if (peers?.size === 0)
      throw new HistoryFault('unknown_peer', `no peer ${String(peerId)} was ever in track ${track}`);
    const untilPosition = Math.min(head.position, after + POSITIONS_PER_PAGE_MAX);
    const filter = { types: types === null ? null : new Set(types), peers };
    const names = new PeerNames(this.reader, track);
    const lines: string[] = [];
    for (const event of selectEvents(this.reader, { track, afterPosition: after, untilPosition }, filter)) {
      names.learn(event);
      lines.push(JSON.stringify(eventJson(track, event, names)));
      if (lines.length >= Math.min(limit, EVENTS_PER_PAGE_MAX))
        return { lines, nextAfter: event.position < head.position ? event.position : null };
    }
    return { lines, nextAfter: untilPosition < head.position ? untilPosition : null };
  }

  #headsOf(track: string | null): TrackHead[] {
    return track === null ? [...this.reader.heads()] : [this.#headOf(track)];
  }

  #headOf(track: string): TrackHead {
    const head = this.reader.head(track);
    if (head === null) throw new HistoryFault('unknown_track', `the log has no track ${track}`);
    return head;
  }
}
