import type { Position } from '../domain/ids.js';
import { eventJson, type EventJson } from './event-json.js';
import type { Interruption, InterruptionCause } from './feed-interruptions.js';
import type { Moment } from './moment.js';
import type { PeerNaming } from './peer-names.js';
import type { PeerSession, SessionEnd } from './peer-sessions.js';
import type { PulseEntry, PulseStretch } from './pulse-stretch.js';
import type { Timeline, TimelineEntry } from './timeline.js';

/** Sessions and interruptions that an answer lists; the rest is counted. */
const LISTED_MAX = 1_000;

/** A peer's life as the CLI and HTTP answer it. Times are epoch milliseconds. */
export interface TimelineJson {
  track: string;
  peer_id: string | null;
  /** Its numbers, one for each join up to `position`, ascending. */
  peers: readonly number[];
  /** Up to which position the log was read. */
  position: Position;
  /** In order; `kind` is `event`, `pulses`, or `pulse` where each was asked for. */
  entries: (TimelineEventJson | PulsesJson | PulseJson)[];
  session_count: number;
  /** Those that reach into the range, whole, in order; the first 1,000. */
  sessions: SessionJson[];
  interruption_count: number;
  /** Of all interruptions together; one that goes on counts until the last event read. */
  without_feed_ms: number;
  /** Times without a fed parent that reach into the range, whole, in order; the first 1,000. */
  interruptions: InterruptionJson[];
  pulses: { heartbeats: number; forward_reports: number; silence_count: number; longest_silence_ms: number };
}

interface SessionJson {
  peer: number;
  position: Position;
  from: number;
  /** Null while it lasts. */
  until: number | null;
  end: SessionEnd | null;
}

/** How long the peer had no fed parent: from the last sign of the feed until it was assigned anew. How long its link then took, no log knows. */
interface InterruptionJson {
  cause: InterruptionCause;
  /** Whose failure it was. */
  peer: number;
  peer_id: string | null;
  /** How many levels above: 1 is the parent; null when it was elsewhere. */
  levels: number | null;
  first_position: Position;
  last_position: Position | null;
  from: number;
  until: number | null;
  without_feed_ms: number;
  /** Whether it ended with the peer's own departure. */
  gone: boolean;
}

interface PulseJson {
  kind: 'pulse';
  type: 'HeartbeatReceived' | 'ForwardReported';
  peer: number;
  position: Position;
  recorded_at: number;
  forwarded_frames?: number;
  received_frames?: number | null;
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

/** A timeline in the public form. `until` is the last moment read. */
export function timelineJson(
  track: string,
  peerId: string | null,
  timeline: Timeline,
  until: Moment,
  naming: PeerNaming,
): TimelineJson {
  const endMs = until.recordedAt ?? 0;
  const { sessions, interruptions, pulses } = timeline;
  return {
    track,
    peer_id: peerId,
    peers: timeline.numbers,
    position: until.position,
    entries: timeline.entries.map((entry) => entryJson(track, entry, naming)),
    session_count: sessions.length,
    sessions: sessions.slice(0, LISTED_MAX).map(sessionJson),
    interruption_count: interruptions.length,
    without_feed_ms: withoutFeedMs(interruptions, endMs),
    interruptions: interruptions.slice(0, LISTED_MAX).map((one) => interruptionJson(one, endMs, naming)),
    pulses: {
      heartbeats: pulses.heartbeats,
      forward_reports: pulses.forwardReports,
      silence_count: pulses.silenceCount,
      longest_silence_ms: pulses.longestSilenceMs,
    },
  };
}

/** All interruptions together; one that goes on counts until `endMs`. */
export function withoutFeedMs(interruptions: readonly Interruption[], endMs: number): number {
  return interruptions.reduce((sum, { from, until }) => sum + Math.max(0, (until ?? endMs) - from), 0);
}

function entryJson(track: string, entry: TimelineEntry, naming: PeerNaming): TimelineJson['entries'][number] {
  switch (entry.kind) {
    case 'pulses':
      return pulsesJson(entry);
    case 'pulse':
      return pulseJson(entry);
    case 'event':
      return { kind: 'event', ...eventJson(track, entry.event, naming), text: entry.sentence };
  }
}

function sessionJson({ peer, firstPosition, from, until, end }: PeerSession): SessionJson {
  return { peer, position: firstPosition, from, until, end };
}

function interruptionJson(one: Interruption, endMs: number, naming: PeerNaming): InterruptionJson {
  return {
    cause: one.cause,
    peer: one.peer,
    peer_id: naming.peerId(one.peer),
    levels: one.levels,
    first_position: one.firstPosition,
    last_position: one.lastPosition,
    from: one.from,
    until: one.until,
    without_feed_ms: withoutFeedMs([one], endMs),
    gone: one.gone,
  };
}

function pulseJson({ peer, position, recordedAt, forwardedFrames, receivedFrames }: PulseEntry): PulseJson {
  const at = { peer, position, recorded_at: recordedAt };
  return forwardedFrames === null
    ? { kind: 'pulse', type: 'HeartbeatReceived', ...at }
    : {
        kind: 'pulse',
        type: 'ForwardReported',
        ...at,
        forwarded_frames: forwardedFrames,
        received_frames: receivedFrames,
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
