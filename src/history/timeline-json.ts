import type { Position } from '../domain/ids.js';
import { eventJson, type EventJson } from './event-json.js';
import type { PeerNaming } from './peer-names.js';
import type { PulseStretch } from './pulse-stretch.js';
import type { Timeline } from './timeline.js';

/** A peer's life as the CLI and HTTP answer it. Times are epoch milliseconds. */
export interface TimelineJson {
  track: string;
  peer_id: string | null;
  /** Its numbers, one for each join, ascending. */
  peers: readonly number[];
  /** Up to which position the log was read. */
  position: Position;
  /** In order; `kind` is `event` or `pulses`. */
  entries: (TimelineEventJson | PulsesJson)[];
}

/** The event as everywhere else, and what it meant for this peer. */
type TimelineEventJson = EventJson & { kind: 'event'; text: string };

interface PulsesJson {
  kind: 'pulses';
  peer: number;
  first_position: Position;
  last_position: Position;
  from: number;
  until: number;
  heartbeats: number;
  forward_reports: number;
  forwarded_frames: number | null;
  longest_silence_ms: number;
  /** Silences of at least half the track's heartbeat timeout; the first 20 are listed. */
  silence_count: number;
  silences: { from: number; until: number; silent_ms: number }[];
}

/** A timeline in the public form. */
export function timelineJson(
  track: string,
  peerId: string | null,
  timeline: Timeline,
  position: Position,
  naming: PeerNaming,
): TimelineJson {
  return {
    track,
    peer_id: peerId,
    peers: timeline.numbers,
    position,
    entries: timeline.entries.map((entry) =>
      entry.kind === 'pulses'
        ? pulsesJson(entry)
        : { kind: 'event', ...eventJson(track, entry.event, naming), text: entry.sentence },
    ),
  };
}

function pulsesJson(stretch: PulseStretch): PulsesJson {
  return {
    kind: 'pulses',
    peer: stretch.peer,
    first_position: stretch.firstPosition,
    last_position: stretch.lastPosition,
    from: stretch.from,
    until: stretch.until,
    heartbeats: stretch.heartbeats,
    forward_reports: stretch.forwardReports,
    forwarded_frames: stretch.forwardedFrames,
    longest_silence_ms: stretch.longestSilenceMs,
    silence_count: stretch.silenceCount,
    silences: stretch.silences.map(({ from, until }) => ({ from, until, silent_ms: until - from })),
  };
}
