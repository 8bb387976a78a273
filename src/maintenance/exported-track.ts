import * as z from 'zod';
import type { RecordedEvent, RecordedPulseEvent, RecordedTopologyEvent } from '../domain/events.js';
import { EVENT_TYPES, PULSE_EVENT_TYPES } from '../domain/events.js';
import { isPeerId, isTrackName } from '../domain/ids.js';

/** Version of the export's form. */
export const EXPORT_VERSION = 1;

/** First line of an export: what it holds, and the state all its events make. */
export interface ExportHeader {
  readonly meshledger_export: number;
  readonly track: string;
  /** Of the last event. */
  readonly position: number;
  readonly state_hash: string;
}

/** A line of an export cannot be what `export` wrote. */
export class BadExportError extends Error {
  override readonly name = 'BadExportError';

  constructor(
    /** 1 for the first. */
    readonly line: number,
    fault: string,
  ) {
    super(`line ${String(line)} of the export: ${fault}`);
  }
}

const headerSchema = z.object({
  meshledger_export: z.literal(EXPORT_VERSION),
  track: z.string().refine(isTrackName),
  position: z.int().min(1),
  state_hash: z.string().regex(/^[0-9a-f]{64}$/),
});

const eventSchema = z.looseObject({
  track: z.string(),
  position: z.int().min(1),
  type: z.enum(EVENT_TYPES as [string, ...string[]]),
  version: z.int().min(1),
  recorded_at: z.int().min(0),
});

/** Reads the first line. @throws BadExportError */
export function parseHeader(text: string): ExportHeader {
  const parsed = headerSchema.safeParse(parseJson(text, 1));
  if (parsed.success) return parsed.data;
  throw new BadExportError(1, `it does not say that it is an export of version ${String(EXPORT_VERSION)}`);
}

/**
 * Reads an event as `eventJson` shows it. What the event says is checked further when it is appended, and folded.
 *
 * @throws BadExportError
 */
export function parseEvent(text: string, line: number, track: string): RecordedEvent {
  const parsed = eventSchema.safeParse(parseJson(text, line));
  if (!parsed.success) throw new BadExportError(line, 'it is no event');
  if (parsed.data.track !== track) throw new BadExportError(line, `it is an event of track ${parsed.data.track}`);
  const { recorded_at: recordedAt, ...fields } = parsed.data;
  const event: Record<string, unknown> = { recordedAt };
  for (const [field, value] of Object.entries(fields)) {
    // Names stand beside the numbers for readers; only a join says what its peer is called.
    if (field !== 'track' && !field.endsWith('_id'))
      event[camelCase(field)] = field === 'settings' ? camelKeys(value) : value;
  }
  if (fields.type === 'PeerJoined') event['identity'] = identityOf(fields['peer_id'], line);
  return event as unknown as RecordedEvent;
}

/** Whether the event is a pulse. */
export function isPulse(event: RecordedEvent): event is RecordedPulseEvent {
  return (PULSE_EVENT_TYPES as readonly string[]).includes(event.type);
}

/** Whether the event changes the tree. */
export function isTopology(event: RecordedEvent): event is RecordedTopologyEvent {
  return !isPulse(event);
}

/** Tokens don't leave the log, so who comes back after an import joins anew. */
function identityOf(name: unknown, line: number): { peerId: string; resumeHash: null } | null {
  if (name === null || (typeof name === 'string' && name.startsWith('#'))) return null;
  if (typeof name === 'string' && isPeerId(name)) return { peerId: name, resumeHash: null };
  throw new BadExportError(line, 'peer_id cannot name a peer');
}

function parseJson(text: string, line: number): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new BadExportError(line, 'it is no JSON');
  }
}

function camelCase(field: string): string {
  return field.replaceAll(/_([a-z])/g, (_whole, letter: string) => letter.toUpperCase());
}

function camelKeys(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([field, nested]) => [camelCase(field), camelKeys(nested)]));
}
