import { Command, InvalidArgumentError } from 'commander';
import { EVENT_TYPES, type EventType, type RecordedEvent } from '../domain/events.js';
import type { EventLogReader } from '../event-log/event-log.js';
import { eventSentence } from '../history/event-clauses.js';
import { eventJson } from '../history/event-json.js';
import { PeerNames } from '../history/peer-names.js';
import { type EventFilter, selectEvents } from '../history/select-events.js';
import { namingTrack } from '../history/tree-at.js';
import { type Ink, inkForStdout } from './ink.js';
import { knownPeer, knownTrack, readingLog, type TrackOptions, withTrackOptions } from './log-options.js';
import { wholeNumber } from './number-option.js';
import { printLines } from './print-lines.js';
import { isoTimestamp } from './spoken-time.js';
import { untilInterrupted } from './until-interrupted.js';

/** Milliseconds between two looks at the head of the log while following. */
const FOLLOW_POLL_MS = 250;
const TYPE_WIDTH = Math.max(...EVENT_TYPES.map((type) => type.length));

interface EventsOptions extends TrackOptions {
  after: number;
  limit?: number;
  type?: EventType[];
  peer?: string;
  follow?: true;
}

/** `meshledger events`: the log itself, one event a line. */
export function eventsCommand(): Command {
  return withTrackOptions(new Command('events'), 'print NDJSON, one event a line')
    .description('the log of a track, one event a line')
    .option('--after <position>', 'only events behind this position', wholeNumber(0), 0)
    .option('--limit <count>', 'stop after so many events (default: all; the log is streamed)', wholeNumber(1))
    .option('--type <type>', `only events of this type; may be repeated. Types: ${EVENT_TYPES.join(', ')}`, eventType)
    .option(
      '--peer <peer>',
      'only events that name this peer (also as parent or former parent): its peer_id, or "#" and its number',
    )
    .option('--follow', 'go on with new events as they are committed, until interrupted')
    .action((options: EventsOptions) => readingLog(options.dataDir, (reader) => showEvents(reader, options)));
}

function eventType(text: string, before: EventType[] = []): EventType[] {
  const type = EVENT_TYPES.find((known) => known === text);
  if (type === undefined) throw new InvalidArgumentError(`Allowed is ${EVENT_TYPES.join(', ')}.`);
  return [...before, type];
}

async function showEvents(reader: EventLogReader, options: EventsOptions): Promise<void> {
  const { track } = options;
  let head = knownTrack(reader, track);
  let numbers = options.peer === undefined ? null : knownPeer(reader, track, options.peer);
  const types = options.type === undefined ? null : new Set(options.type);
  const lines = new EventLines(reader, track, options.json === true, options.limit ?? Infinity);
  await printLines(lines.between(options.after, head.position, { types, peers: asSet(numbers) }));
  if (!options.follow || lines.left <= 0) return;
  await untilInterrupted(FOLLOW_POLL_MS, async () => {
    const seen = Math.max(head.position, options.after);
    head = reader.head(track) ?? head;
    // The peer may have joined again under a new number.
    if (options.peer !== undefined && head.position > seen) numbers = knownPeer(reader, track, options.peer);
    await printLines(lines.between(seen, head.position, { types, peers: asSet(numbers) }));
    return lines.left > 0;
  });
}

function asSet(numbers: readonly number[] | null): ReadonlySet<number> | null {
  return numbers === null ? null : new Set(numbers);
}

/** Turns events into lines, up to the limit over all calls. */
class EventLines {
  readonly #names: PeerNames;
  readonly #ink: Ink = inkForStdout();

  constructor(
    private readonly reader: EventLogReader,
    private readonly track: string,
    private readonly json: boolean,
    /** Events that may still be shown. */
    public left: number,
  ) {
    this.#names = new PeerNames(reader, track);
  }

  *between(afterPosition: number, untilPosition: number, filter: EventFilter): IterableIterator<string> {
    if (this.left <= 0 || afterPosition >= untilPosition) return;
    const range = { track: this.track, afterPosition, untilPosition };
    const events = selectEvents(this.reader, range, filter);
    for (let next = this.#read(events); next !== null; next = this.#read(events)) {
      this.#names.learn(next);
      yield this.json ? JSON.stringify(eventJson(this.track, next, this.#names)) : this.#line(next);
      this.left -= 1;
      if (this.left <= 0) return;
    }
  }

  #read(events: IterableIterator<RecordedEvent>): RecordedEvent | null {
    const next = namingTrack(this.track, () => events.next());
    return next.done === true ? null : next.value;
  }

  #line(event: RecordedEvent): string {
    const position = String(event.position).padStart(8);
    const type = event.type.padEnd(TYPE_WIDTH);
    return `${position}  ${this.#ink.dim(isoTimestamp(event.recordedAt))}  ${type}  ${eventSentence(event, this.#names)}`;
  }
}
