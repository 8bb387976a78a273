import type { RelayTree } from '../domain/relay-tree.js';
import type { EventLogReader, TrackHead } from '../event-log/event-log.js';
import { eventJson } from './event-json.js';
import {
  type EventPage,
  EVENTS_PER_PAGE_MAX,
  type EventsRequest,
  type HistoryAnswers,
  HistoryFault,
  type HistoryRequest,
  POSITIONS_PER_PAGE_MAX,
} from './history-request.js';
import { momentOf } from './moment.js';
import { PeerNames } from './peer-names.js';
import { selectEvents } from './select-events.js';
import { livenessAt, treeAt } from './tree-at.js';
import { treeText } from './tree-text.js';

/** Trees kept in memory to go on from. */
const FOLLOWED_TREES_MAX = 8;

/** Answers questions about the log. It follows the tracks that are asked about: the next question folds only what is new. */
export class HistoryAnswerer {
  readonly #followed = new Map<string, RelayTree>();
  #forgotten = 0;

  constructor(private readonly reader: EventLogReader) {}

  answer(request: HistoryRequest): HistoryAnswers[HistoryRequest['kind']] {
    switch (request.kind) {
      case 'heads':
        return this.reader.heads();
      case 'tree':
        return this.#tree(request);
      case 'events':
        return this.#events(request);
    }
  }

  #tree({ track, position, liveness }: Extract<HistoryRequest, { kind: 'tree' }>): string {
    const head = this.#headOf(track);
    if (position > head.position) {
      throw new HistoryFault('position_out_of_range', `track ${track} ends at position ${String(head.position)}`);
    }
    const tree = this.#treeAt(track, position);
    const moment = momentOf(this.reader, track, position);
    const view = liveness
      ? { liveness: livenessAt(this.reader, track, tree, position), atMs: moment.recordedAt ?? 0 }
      : null;
    return treeText(track, tree, position, moment.recordedAt, view);
  }

  /** The fold may only be used again while it is right, so it is taken out while it is changed. */
  #treeAt(track: string, position: number): RelayTree {
    this.#dropNamesOfForgotten();
    const followed = this.#followed.get(track) ?? null;
    this.#followed.delete(track);
    const tree = treeAt(this.reader, track, position, undefined, followed);
    if (this.#followed.size >= FOLLOWED_TREES_MAX) this.#followed.delete(this.#followed.keys().next().value ?? '');
    this.#followed.set(track, tree);
    return tree;
  }

  /** Trees hold names. Once somebody was forgotten they are made anew. */
  #dropNamesOfForgotten(): void {
    const forgotten = this.reader.forgottenCount?.() ?? 0;
    if (forgotten !== this.#forgotten) this.#followed.clear();
    this.#forgotten = forgotten;
  }

  #events({ track, after, limit, types, peerId }: EventsRequest): EventPage {
    const head = this.#headOf(track);
    const peers = peerId === null ? null : new Set(this.reader.peerNumbers(track, peerId));
    if (peers?.size === 0)
      throw new HistoryFault('unknown_peer', `no peer ${String(peerId)} was ever in track ${track}`);
    const untilPosition = Math.min(head.position, after + POSITIONS_PER_PAGE_MAX);
    const filter = { types: types === null ? null : new Set(types), peers };
    const names = new PeerNames(this.reader, track);
    const lines: string[] = [];
    let lastPosition = after;
    for (const event of selectEvents(this.reader, { track, afterPosition: after, untilPosition }, filter)) {
      names.learn(event);
      lines.push(JSON.stringify(eventJson(track, event, names)));
      lastPosition = event.position;
      if (lines.length >= Math.min(limit, EVENTS_PER_PAGE_MAX))
        return { lines, nextAfter: lastPosition < head.position ? lastPosition : null };
    }
    return { lines, nextAfter: untilPosition < head.position ? untilPosition : null };
  }

  #headOf(track: string): TrackHead {
    const head = this.reader.head(track);
    if (head === null) throw new HistoryFault('unknown_track', `the log has no track ${track}`);
    return head;
  }
}
