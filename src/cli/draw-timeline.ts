import { ORIGIN } from '../domain/ids.js';
import type { Moment } from '../history/moment.js';
import { type PeerNaming, spokenName } from '../history/peer-names.js';
import type { PulseEntry, PulseStretch, PulseTotals } from '../history/pulse-stretch.js';
import type { PeerPlace } from '../history/peer-place.js';
import { counted, grouped, spokenDuration } from '../history/spoken-figures.js';
import type { Timeline, TimelineEntry, TimelineEvent } from '../history/timeline.js';
import { withoutFeedMs } from '../history/timeline-json.js';
import type { Ink } from './ink.js';
import { dayOf, timeOfDay } from './spoken-time.js';

/** Silences a line names; JSON has more. */
const SILENCES_SPOKEN_MAX = 3;

/** A peer's life as lines of text: a heading for each day, a line for each thing that happened, sums and its place at the end. */
export function* drawTimeline(
  timeline: Timeline,
  until: Moment,
  naming: PeerNaming,
  ink: Ink,
): IterableIterator<string> {
  let day = '';
  for (const { atMs, text, quiet } of spokenLines(timeline.entries)) {
    if (dayOf(atMs) !== day) {
      day = dayOf(atMs);
      yield ink.bold(`${day} UTC`);
    }
    yield `${timeOfDay(atMs)}  ${quiet ? ink.dim(text) : text}`;
  }
  yield '';
  yield* sums(timeline, until.recordedAt ?? 0);
  const when = timeline.place === null ? 'not in the track' : placed(timeline.place, naming);
  yield `at position ${String(until.position)}: ${when}`;
}

function* sums({ sessions, interruptions, pulses }: Timeline, endMs: number): IterableIterator<string> {
  const connectedMs = sessions.reduce((sum, { from, until }) => sum + Math.max(0, (until ?? endMs) - from), 0);
  if (sessions.length > 0) yield `${counted(sessions.length, 'session')}, ${spokenDuration(connectedMs)} in all`;
  if (pulses.heartbeats + pulses.forwardReports > 0) yield pulseSums(pulses);
  const times = counted(interruptions.length, 'time');
  yield interruptions.length === 0
    ? 'never without a fed parent'
    : `${times} without a fed parent, ${spokenDuration(withoutFeedMs(interruptions, endMs))} in all`;
}

function pulseSums({ heartbeats, forwardReports, silenceCount, longestSilenceMs }: PulseTotals): string {
  const counts = `${counted(heartbeats, 'heartbeat')}, ${counted(forwardReports, 'forward report')}`;
  return `${counts}, ${counted(silenceCount, 'silence')}, the longest pause ${spokenDuration(longestSilenceMs)}`;
}

interface SpokenLine {
  readonly atMs: number;
  readonly text: string;
  readonly quiet: boolean;
}

/** One command makes a fact and what follows from it; they read as one sentence. */
function* spokenLines(entries: readonly TimelineEntry[]): IterableIterator<SpokenLine> {
  let sentence: { first: TimelineEvent; clauses: string[] } | null = null;
  for (const entry of entries) {
    if (entry.kind === 'event' && sentence !== null && continues(sentence.first, entry)) {
      sentence.clauses.push(clauseOf(entry));
      continue;
    }
    if (sentence !== null) yield spoken(sentence);
    sentence = null;
    if (entry.kind === 'event') sentence = { first: entry, clauses: [clauseOf(entry)] };
    else if (entry.kind === 'pulses') yield { atMs: entry.until, text: pulsesText(entry), quiet: true };
    else yield { atMs: entry.recordedAt, text: pulseText(entry), quiet: true };
  }
  if (sentence !== null) yield spoken(sentence);
}

/** Says of the event that ends it how long the peer had no fed parent. */
function clauseOf({ sentence, ended }: TimelineEvent): string {
  if (ended?.until == null) return sentence;
  const most = ended.cause === 'timed_out' ? 'up to ' : '';
  return `${sentence}, after ${most}${spokenDuration(ended.until - ended.from)} without a fed parent`;
}

function pulseText({ forwardedFrames, receivedFrames }: PulseEntry): string {
  if (forwardedFrames === null) return 'heartbeat';
  const received = receivedFrames === null ? '' : `, ${grouped(receivedFrames)} received`;
  return `forward report: ${grouped(forwardedFrames)} frames forwarded${received}`;
}

function continues(first: TimelineEvent, next: TimelineEvent): boolean {
  if (next.touch.kind === 'child' || first.touch.kind === 'child') return false;
  return 'causedBy' in next.event && next.event.causedBy === first.event.position;
}

function spoken({ first, clauses }: { first: TimelineEvent; clauses: readonly string[] }): SpokenLine {
  return { atMs: first.event.recordedAt, text: clauses.join('; '), quiet: false };
}

/** Told at the last pulse, so that the lines stay in the order of time. */
function pulsesText(stretch: PulseStretch): string {
  const parts = [
    stretch.heartbeats > 0 ? counted(stretch.heartbeats, 'heartbeat') : '',
    stretch.forwardReports > 0 ? counted(stretch.forwardReports, 'forward report') : '',
  ].filter((part) => part !== '');
  const since = stretch.until > stretch.from ? ` since ${timeOfDay(stretch.from)}` : '';
  const frames =
    stretch.forwardedFrames === null ? '' : `, ${grouped(stretch.forwardedFrames)} frames forwarded in all`;
  return `${parts.join(' and ')}${since}${frames}${silencesText(stretch)}`;
}

function silencesText(stretch: PulseStretch): string {
  if (stretch.silenceCount === 0) {
    return stretch.longestSilenceMs > 0
      ? `, never silent for more than ${spokenDuration(stretch.longestSilenceMs)}`
      : '';
  }
  const spokenOnes = stretch.silences
    .slice(0, SILENCES_SPOKEN_MAX)
    .map(({ from, until }) => `${spokenDuration(until - from)} from ${timeOfDay(from)}`);
  const more = stretch.silenceCount - spokenOnes.length;
  return `; silent for ${spokenOnes.join(', ')}${more > 0 ? ` and ${counted(more, 'more time')}` : ''}`;
}

function placed(place: PeerPlace, naming: PeerNaming): string {
  const load =
    place.effectiveCapacity === 0
      ? 'offers no slots'
      : `${String(place.children)} of ${counted(place.effectiveCapacity, 'slot')} taken`;
  if (place.depth === null) {
    return place.parent === null
      ? `waiting for a slot, ${load}`
      : `not fed, below ${spokenName(naming, place.parent)}, ${load}`;
  }
  const parent =
    place.parent === null || place.parent === ORIGIN
      ? 'fed by the origin'
      : `fed by ${spokenName(naming, place.parent)}`;
  return `${place.role} at depth ${String(place.depth)}, ${parent}, ${load}`;
}
