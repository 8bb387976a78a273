import * as z from 'zod';
import { BACKOFF_BASE_MS } from './audience-settings.js';

const PAGE_EVENTS = 1_000;
/** A service that is restarting comes back; one that gives nothing for so long does not. */
const READ_PATIENCE_MS = 30_000;
const LINE_LENGTH_MAX = 1_000_000;

const eventSchema = z.looseObject({
  position: z.int().min(1),
  type: z.string(),
  peer_id: z.string().nullable().optional(),
  parent_id: z.string().nullable().optional(),
  capacity: z.number().nullable().optional(),
});
const pageSchema = z.looseObject({ events: z.array(z.unknown()), next_after: z.int().nullable() });

/** An event of the log as the HTTP interface tells it; only the fields the check looks at. */
export type LogEvent = z.infer<typeof eventSchema>;

export type LogSource = Readonly<{ url: string; track: string; adminToken: string | null }>;

/** The log cannot be read: refused for good, or unreachable for too long. */
export class LogUnreadableError extends Error {
  override name = 'LogUnreadableError';
  constructor(
    message: string,
    readonly status: number | null,
  ) {
    super(message);
  }
}

/** An answer of the HTTP interface is not what the contract says. */
export class LogShapeError extends Error {
  override name = 'LogShapeError';
}

/**
 * Asks for one event, to know early whether the log may be read at all.
 *
 * @returns the HTTP status of a refusal, or null when nothing speaks against it (also when nobody answers).
 */
export async function logRefusal(source: LogSource): Promise<number | null> {
  try {
    const response = await requestPage(source, 0, 1);
    await response.body?.cancel();
    return response.status === 401 || response.status === 403 ? response.status : null;
  } catch {
    return null;
  }
}

/**
 * The events after a position, in order, until the log ends or the caller has enough. Survives a restart of the
 * service in between: it goes on behind the last event it gave.
 *
 * @throws LogUnreadableError, LogShapeError
 */
export async function* readLog(source: LogSource, after: number): AsyncGenerator<LogEvent> {
  let lastPosition = after;
  let lastSuccessMs = performance.now();
  for (;;) {
    let given = 0;
    try {
      for await (const event of readPage(source, lastPosition)) {
        lastPosition = event.position;
        given += 1;
        yield event;
      }
      if (given === 0) return;
      lastSuccessMs = performance.now();
    } catch (error) {
      if (error instanceof LogShapeError) throw error;
      if (error instanceof LogUnreadableError && !isPassing(error.status)) throw error;
      if (given > 0) lastSuccessMs = performance.now();
      if (performance.now() - lastSuccessMs > READ_PATIENCE_MS) throw unreachable(error);
      await new Promise((resume) => setTimeout(resume, BACKOFF_BASE_MS));
    }
  }
}

async function* readPage(source: LogSource, after: number): AsyncGenerator<LogEvent> {
  const response = await requestPage(source, after, PAGE_EVENTS);
  if (response.status === 404) return;
  if (!response.ok) {
    throw new LogUnreadableError(`${response.url} answers ${String(response.status)}`, response.status);
  }
  if ((response.headers.get('content-type') ?? '').includes('ndjson')) {
    for await (const line of linesOf(response)) yield parseEvent(parseJson(line));
    return;
  }
  const page = pageSchema.safeParse(parseJson(await response.text()));
  if (!page.success) throw new LogShapeError('a page of events is { events: [...], next_after }');
  for (const event of page.data.events) yield parseEvent(event);
}

function requestPage({ url, track, adminToken }: LogSource, after: number, limit: number): Promise<Response> {
  const query = `after=${String(after)}&limit=${String(limit)}`;
  return fetch(`${url}/api/v1/tracks/${encodeURIComponent(track)}/events?${query}`, {
    headers: {
      accept: 'application/x-ndjson, application/json;q=0.5',
      ...(adminToken === null ? {} : { authorization: `Bearer ${adminToken}` }),
    },
    signal: AbortSignal.timeout(READ_PATIENCE_MS),
  });
}

async function* linesOf(response: Response): AsyncGenerator<string> {
  if (response.body === null) return;
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of response.body) {
    const lines = (rest + decoder.decode(chunk as Uint8Array, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > LINE_LENGTH_MAX) throw new LogShapeError('a line of the log has no end');
    for (const line of lines) if (line !== '') yield line;
  }
  if (rest !== '') yield rest;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new LogShapeError(`not JSON: ${text.slice(0, 100)}`);
  }
}

function parseEvent(raw: unknown): LogEvent {
  const parsed = eventSchema.safeParse(raw);
  if (parsed.success) return parsed.data;
  throw new LogShapeError(`not an event: ${JSON.stringify(raw).slice(0, 200)}`);
}

/** A service that is busy, draining or on its way up. */
function isPassing(status: number | null): boolean {
  return status === null || status === 429 || status >= 500;
}

function unreachable(error: unknown): LogUnreadableError {
  if (error instanceof LogUnreadableError) return error;
  return new LogUnreadableError(error instanceof Error ? error.message : String(error), null);
}
