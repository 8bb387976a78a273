import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { CorruptLogError } from '../domain/errors.js';
import type { RecordedEvent, RecordedPulseEvent } from '../domain/events.js';
import { evolve } from '../domain/evolve.js';
import { RelayTree } from '../domain/relay-tree.js';
import type { EventLogReader, PulseRun, TopologyRun } from '../event-log/event-log.js';
import { openEventLogReader } from '../event-log/sqlite-event-log-reader.js';
import { SqliteEventLog } from '../event-log/sqlite-event-log.js';
import { stateHash } from '../event-log/state-hash.js';
import { eventJson } from '../history/event-json.js';
import { PeerNames } from '../history/peer-names.js';
import { BadExportError, type ExportHeader, isPulse, parseEvent, parseHeader } from './exported-track.js';
import { MaintenanceRefused } from './log-keeper.js';

/** Events one commit takes. */
const EVENTS_PER_COMMIT = 1_000;

/** What was imported. */
export interface ImportDone {
  readonly track: string;
  readonly position: number;
  readonly stateHash: string;
  /** Events that were not there before: fewer than all when an interrupted import is gone on with. */
  readonly appended: number;
}

/** Hears how far a pass over the file has come, by position. */
export type OnImported = (doing: string, position: number, total: number) => void;

/**
 * Brings an exported track into the log of a data directory that no service runs on, creating it when there is none. The whole file is
 * looked through before the first event is appended: positions without gaps, events that can follow from each other, and the state hash that
 * the export names. A track that is there already is gone on with when all it holds is the beginning of the export.
 *
 * @param track name to give it; null for its own.
 * @throws BadExportError, MaintenanceRefused when the track holds something else, DataDirectoryLockedError.
 */
export async function importTrack(
  dataDir: string,
  file: string,
  track: string | null,
  nowMs: number,
  onImported: OnImported = () => undefined,
): Promise<ImportDone> {
  const header = await checkExport(file, onImported);
  const log = await SqliteEventLog.open({ dataDir, nowMs });
  try {
    const name = track ?? header.track;
    const known = (await log.head(name))?.position ?? 0;
    if (known > header.position)
      throw new MaintenanceRefused(`track ${name} is there already, and longer: name another with --as`);
    const reader = openEventLogReader(dataDir);
    try {
      await appendExport(log, reader, file, { header, name, known }, onImported);
    } finally {
      reader.close();
    }
    return { track: name, position: header.position, stateHash: header.state_hash, appended: header.position - known };
  } finally {
    await log.close();
  }
}

async function checkExport(file: string, onImported: OnImported): Promise<ExportHeader> {
  const tree = new RelayTree();
  tree.indexNames();
  let position = 0;
  let header: ExportHeader | null = null;
  for await (const { event, first, line } of eventsOf(file)) {
    header = first;
    position += 1;
    if (event.position !== position) throw new BadExportError(line, `position ${String(position)} is missing`);
    check(tree, event, line);
    if (position % EVENTS_PER_COMMIT === 0) onImported('checking', position, first.position);
  }
  if (header === null) throw new BadExportError(1, 'it holds no events');
  if (position !== header.position)
    throw new BadExportError(
      position + 2,
      `it ends at position ${String(position)} instead of ${String(header.position)}`,
    );
  const hash = stateHash(tree);
  if (hash !== header.state_hash)
    throw new BadExportError(1, `its events make the state ${hash}, not the one it names`);
  return header;
}

function check(tree: RelayTree, event: RecordedEvent, line: number): void {
  try {
    if (!isPulse(event)) evolve(tree, event);
    else if (tree.peer(event.peer) === null || event.recordedAt < tree.recordedAt)
      throw new CorruptLogError(event.position, 'a pulse of nobody, or before its time');
  } catch (error) {
    throw error instanceof CorruptLogError ? new BadExportError(line, error.fault) : error;
  }
  tree.position = event.position;
  tree.recordedAt = event.recordedAt;
}

interface Place {
  readonly header: ExportHeader;
  readonly name: string;
  /** Head of the track before. */
  readonly known: number;
}

async function appendExport(
  log: SqliteEventLog,
  reader: EventLogReader,
  file: string,
  { header, name, known }: Place,
  onImported: OnImported,
): Promise<void> {
  const there = reader.events({ track: name, afterPosition: 0, untilPosition: known });
  const naming = new PeerNames(reader, name);
  const settings = new RelayTree();
  let pending: RecordedEvent[] = [];
  const append = async (): Promise<void> => {
    const [first] = pending;
    if (first === undefined) return;
    const open = settings.settings !== null;
    await log.append([{ track: name, previousPosition: first.position - 1, runs: runsOf(pending), open }]);
    pending = [];
    onImported('appending', settings.position, header.position);
  };
  for await (const { event, line } of eventsOf(file)) {
    if (!isPulse(event)) evolve(settings, event);
    settings.position = event.position;
    settings.recordedAt = event.recordedAt;
    if (event.position <= known)
      refuseOther(there.next().value as RecordedEvent | undefined, event, naming, name, line);
    else pending.push(event);
    if (pending.length >= EVENTS_PER_COMMIT) await append();
  }
  await append();
}

function refuseOther(
  there: RecordedEvent | undefined,
  event: RecordedEvent,
  naming: PeerNames,
  track: string,
  line: number,
): void {
  if (there !== undefined && sameJson(there, event, naming, track)) return;
  throw new MaintenanceRefused(
    `track ${track} is there already, and differs at position ${String(event.position)} (line ${String(line)}): name another with --as`,
  );
}

/** Names apart: they may have been erased since. */
function sameJson(one: RecordedEvent, other: RecordedEvent, naming: PeerNames, track: string): boolean {
  const nameless = (event: RecordedEvent): string =>
    JSON.stringify(eventJson(track, event, naming), (field, value: unknown) =>
      field.endsWith('_id') ? undefined : value,
    );
  return nameless(one) === nameless(other);
}

interface ExportedEvent {
  readonly event: RecordedEvent;
  readonly first: ExportHeader;
  readonly line: number;
}

async function* eventsOf(file: string): AsyncGenerator<ExportedEvent> {
  const lines = createInterface({ input: createReadStream(file, 'utf8'), crlfDelay: Infinity });
  let header: ExportHeader | null = null;
  let line = 0;
  for await (const text of lines) {
    line += 1;
    if (text === '') continue;
    if (header === null) header = parseHeader(text);
    else yield { event: parseEvent(text, line, header.track), first: header, line };
  }
}

function runsOf(events: readonly RecordedEvent[]): (PulseRun | TopologyRun)[] {
  const runs: (PulseRun | TopologyRun)[] = [];
  for (let from = 0; from < events.length;) {
    let to = from + 1;
    while (to < events.length && isPulse(at(events, to)) === isPulse(at(events, from))) to += 1;
    const slice = events.slice(from, to);
    runs.push(
      isPulse(at(events, from))
        ? pulseRun(slice.filter(isPulse))
        : { kind: 'topology', events: slice.filter((event) => !isPulse(event)) },
    );
    from = to;
  }
  return runs;
}

function at(events: readonly RecordedEvent[], index: number): RecordedEvent {
  const event = events[index];
  if (event === undefined) throw new Error('there is no such event');
  return event;
}

function pulseRun(pulses: readonly RecordedPulseEvent[]): PulseRun {
  return {
    kind: 'pulses',
    firstPosition: pulses[0]?.position ?? 0,
    count: pulses.length,
    peers: pulses.map(({ peer }) => peer),
    recordedAt: pulses.map(({ recordedAt }) => recordedAt),
    forwardedFrames: pulses.map((pulse) => (pulse.type === 'ForwardReported' ? pulse.forwardedFrames : -1)),
    receivedFrames: pulses.map((pulse) => (pulse.type === 'ForwardReported' ? (pulse.receivedFrames ?? -1) : -1)),
  };
}
