import type { EventLogReader, TrackHead } from '../event-log/event-log.js';
import { settingsJson, type SettingsJson } from './event-json.js';
import { namingTrack, treeAt } from './tree-at.js';

/** One line of the list of tracks, as JSON. Times are epoch milliseconds. */
export interface TrackSummaryJson {
  track: string;
  /** Whether it has viewers, or had some when the service was last heard of. */
  open: boolean;
  /** Of its last event. */
  position: number;
  /** Of its last commit, hex: with the position it is the head, to be kept elsewhere for `verify --expect-head`. */
  hash: string;
  peer_count: number;
  root_count: number;
  waiting_count: number;
  /** The rules in force; null while it is closed. */
  settings: SettingsJson | null;
  /** `recorded_at` of its first event, of those that are still there. */
  first_recorded_at: number;
  /** `recorded_at` of its last event. */
  recorded_at: number;
}

/**
 * A track in figures. A closed track has no peers by rule, so only open ones are folded.
 *
 * @throws CorruptLogError, with the track named.
 */
export function trackSummary(reader: EventLogReader, head: TrackHead): TrackSummaryJson {
  const { track, position, recordedAt, open, hash } = head;
  const afterPosition = reader.opening(track)?.position ?? 0;
  const range = { track, afterPosition, untilPosition: afterPosition + 1 };
  const [first] = namingTrack(track, () => [...reader.events(range)]);
  const tree = open ? treeAt(reader, track, position) : null;
  return {
    track,
    open,
    position,
    hash,
    peer_count: tree?.size ?? 0,
    root_count: tree?.rootCount ?? 0,
    waiting_count: tree === null ? 0 : tree.size - tree.placedCount,
    settings: tree?.settings ? settingsJson(tree.settings) : null,
    first_recorded_at: first?.recordedAt ?? recordedAt,
    recorded_at: recordedAt,
  };
}
