import type { PeerNumber, Position } from '../domain/ids.js';
import type { RelayTree } from '../domain/relay-tree.js';
import type { EventLogReader, TrackHead } from '../event-log/event-log.js';
import { stateHash } from '../event-log/state-hash.js';
import { diffOf } from './diff.js';
import { documentOf, joined } from './document.js';
import { explain } from './explain.js';
import { explanationJson } from './explain-json.js';
import type { FollowedTrees } from './followed-trees.js';
import { type DocumentRequest, type HistoryDocument, HistoryFault, type MeshPart } from './history-request.js';
import { incidentsOf } from './incidents.js';
import { meshDocument, meshPart } from './mesh-json.js';
import { askedMoment, askedRange, type Moment, momentAtTime, type MomentRange, type TimeIndex } from './moment.js';
import type { AskedMoment } from './moment-text.js';
import { PeerNames } from './peer-names.js';
import { readTimeline } from './timeline.js';
import { timelineJson } from './timeline-json.js';
import { livenessAt } from './tree-at.js';
import { type LivenessView, peerAtJson, treeJson } from './tree-json.js';

type AboutMoment = Extract<DocumentRequest, { moment: AskedMoment | null }>;
type AboutRange = Extract<DocumentRequest, { from: AskedMoment | null }>;

/** Answers questions about one track with whole documents. */
export class DocumentWriter {
  constructor(
    private readonly reader: EventLogReader & TimeIndex,
    private readonly trees: FollowedTrees,
  ) {}

  /** @throws HistoryFault with its code; CorruptLogError, with the track named. */
  answer(head: TrackHead, about: DocumentRequest): HistoryDocument {
    return documentOf(this.#json(head, about), isAboutPast(about, head));
  }

  /**
   * Who was in the mesh at a time, in the shape of LVQR. A track that had not begun, or was closed, adds nobody.
   *
   * @throws HistoryFault `time_out_of_range` for a time that is yet to come; CorruptLogError, with the track named.
   */
  mesh(heads: readonly TrackHead[], timeMs: number, nowMs: number): HistoryDocument {
    if (timeMs > nowMs) throw new HistoryFault('time_out_of_range', 'at: this time is yet to come');
    const parts = heads.map((head) => this.meshPart(head.track, momentAtTime(this.reader, head, timeMs).position));
    // A head that is later than the time proves that nothing can come before it any more; a track without a later event may yet get one.
    return joined(meshDocument(parts, heads.length > 0 && heads.every(({ recordedAt }) => timeMs < recordedAt)));
  }

  /** Who was in one track of the mesh at a position. @throws CorruptLogError, with the track named. */
  meshPart(track: string, position: Position): MeshPart {
    const tree = this.trees.at(track, position);
    return meshPart(tree, livenessAt(this.reader, track, tree, position));
  }

  #json(head: TrackHead, about: DocumentRequest): object {
    switch (about.kind) {
      case 'tree':
        return this.#tree(head, about);
      case 'peer':
        return this.#peer(head, about);
      case 'diff':
        return diffOf(this.reader, head.track, this.#rangeOf(head, about));
      case 'incidents':
        return incidentsOf(this.reader, head.track, this.#rangeOf(head, about), about.thresholds);
      case 'timeline':
        return this.#timeline(head, about);
      case 'explain': {
        const naming = new PeerNames(this.reader, head.track);
        return explanationJson(head.track, explain(this.reader, head, about.position), naming);
      }
    }
  }

  #tree(head: TrackHead, about: AboutMoment): object {
    const { position, recordedAt } = this.#momentOf(head, about);
    const tree = this.trees.at(head.track, position);
    const view = this.#viewOf(tree, { position, recordedAt }, about, head.track);
    return treeJson(head.track, tree, position, recordedAt, stateHash(tree), view);
  }

  #peer(head: TrackHead, about: Extract<AboutMoment, { kind: 'peer' }>): object {
    const { track } = head;
    const { position, recordedAt } = this.#momentOf(head, about);
    const tree = this.trees.at(track, position);
    const peer = tree.peerNamed(about.peerId);
    if (peer === null)
      throw new HistoryFault(
        'unknown_peer',
        `${about.peerId} is not in track ${track} at position ${String(position)}`,
      );
    return peerAtJson(
      track,
      tree,
      peer,
      position,
      recordedAt,
      this.#viewOf(tree, { position, recordedAt }, about, track),
    );
  }

  #timeline(head: TrackHead, about: Extract<AboutRange, { kind: 'timeline' }>): object {
    const { track } = head;
    const numbers: PeerNumber[] = this.reader.peerNumbers(track, about.peerId);
    if (numbers.length === 0)
      throw new HistoryFault('unknown_peer', `no peer ${about.peerId} was ever in track ${track}`);
    const { from, to } = this.#rangeOf(head, about);
    const told = { afterPosition: from.position, untilPosition: to.position, eachPulse: about.eachPulse };
    const timeline = readTimeline(this.reader, track, numbers, told);
    return timelineJson(track, about.peerId, timeline, to, new PeerNames(this.reader, track));
  }

  #momentOf(head: TrackHead, { moment, nowMs }: AboutMoment): Moment {
    return askedMoment(this.reader, head, moment ?? { position: head.position }, nowMs);
  }

  #rangeOf(head: TrackHead, about: AboutRange): MomentRange {
    return askedRange(this.reader, head, about, about.nowMs);
  }

  #viewOf(tree: RelayTree, shown: Moment, { liveness, moment }: AboutMoment, track: string): LivenessView | null {
    if (liveness === null) return null;
    const asked = moment !== null && 'timeMs' in moment ? moment.timeMs : (shown.recordedAt ?? 0);
    return {
      liveness: livenessAt(this.reader, track, tree, shown.position),
      atMs: liveness.judgedAt ?? asked,
    };
  }
}

function isAboutPast(about: DocumentRequest, head: TrackHead): boolean {
  // Of a fact, it tells all that followed from it, and the last commit has room for no more.
  if (about.kind === 'explain') return true;
  if ('moment' in about) return isPast(about.moment, head);
  return isPast(about.to, head) && (about.from === null || isPast(about.from, head));
}

/** Whether nothing that is still to come can change what is seen at this moment. Events may yet come at the time of the head, but not before it. */
function isPast(asked: AskedMoment | null, head: TrackHead): boolean {
  if (asked === null) return false;
  return 'position' in asked || asked.timeMs < head.recordedAt;
}
