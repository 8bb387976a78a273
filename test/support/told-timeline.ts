import { drawTimeline } from '../../src/cli/draw-timeline.js';
import { PeerNames } from '../../src/history/peer-names.js';
import { readTimeline, type Timeline, type TimelineRange } from '../../src/history/timeline.js';
import { MemoryLogReader } from './memory-log-reader.js';
import type { RecordedTrack } from './recorded-track.js';

const same = (text: string): string => text;
const PLAIN = { bold: same, dim: same, alert: same };

/** The life of a peer, all of it or a range. */
export function timelineOf(track: RecordedTrack, peerId: string, range: Partial<TimelineRange> = {}): Timeline {
  const reader = new MemoryLogReader(track);
  const numbers = reader.peerNumbers(track.name, peerId);
  const all = { afterPosition: 0, untilPosition: track.events.length };
  return readTimeline(reader, track.name, numbers, { ...all, ...range });
}

/** The lines of the drawing without the sums at its end. */
export function told(track: RecordedTrack, peerId: string, range: Partial<TimelineRange> = {}): string[] {
  return drawn(track, peerId, range).filter(
    (line) => !/session|without a fed parent$|in all$|silence/.test(line) || / {2}/.test(line),
  );
}

/** The lines of the drawing. */
export function drawn(track: RecordedTrack, peerId: string, range: Partial<TimelineRange> = {}): string[] {
  const naming = new PeerNames(new MemoryLogReader(track), track.name);
  const end = { position: track.events.length, recordedAt: track.nowMs };
  return [...drawTimeline(timelineOf(track, peerId, range), end, naming, PLAIN)];
}
