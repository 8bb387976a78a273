import { type ClientRequest, request } from 'node:http';

/** An event of the stream as it came over the wire. */
export interface StreamedEvent {
  readonly track: string;
  readonly position: number;
  readonly type: string;
}

/** How the service ended a stream. */
export interface StreamEnd {
  readonly code: string;
  readonly reason: string;
}

export interface StreamWishes {
  /** The filters, as in the address: `track=live%2Fx&type=PeerJoined`. */
  readonly query?: string;
  readonly lastEventId?: string | null;
}

/**
 * One connection to the event stream that reads as a browser does: a block counts once its blank line is there, and what was cut off in
 * the middle never happened.
 */
export class StreamClient {
  /** Of the HTTP answer; 0 while there is none. */
  status = 0;
  body = '';
  end: StreamEnd | null = null;
  lastEventId: string | null;
  bytes = 0;
  readonly events: StreamedEvent[] = [];
  /** Resolves when the connection is gone, for whatever reason. */
  readonly closed: Promise<void>;
  readonly #request: ClientRequest;
  readonly #looks = new Set<() => void>();
  #rest = '';
  #cutAfterBytes = Infinity;

  constructor(url: string, { query = '', lastEventId = null }: StreamWishes = {}) {
    this.lastEventId = lastEventId;
    const resume = lastEventId === null ? {} : { 'Last-Event-ID': lastEventId };
    this.#request = request(`${url}/api/v1/stream${query === '' ? '' : `?${query}`}`, {
      headers: resume,
      agent: false,
    });
    this.closed = new Promise((resolve) => {
      this.#request.once('close', () => {
        resolve();
        this.#look();
      });
    });
    this.#request.on('error', () => undefined);
    this.#request.on('response', (response) => {
      this.status = response.statusCode ?? 0;
      response.setEncoding('utf8').on('data', (text: string) => this.#take(text));
      response.on('error', () => undefined);
    });
    this.#request.end();
  }

  /** Cuts the connection as soon as so many bytes have come, wherever in an event that is. */
  cutAfter(bytes: number): Promise<void> {
    this.#cutAfterBytes = bytes;
    return this.closed;
  }

  cut(): void {
    this.#request.destroy();
  }

  /** Resolves once `seen` holds for what came so far, or the connection is gone. */
  until(seen: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!seen() && !this.#request.destroyed) return;
        this.#looks.delete(look);
        resolve();
      };
      this.#looks.add(look);
      look();
    });
  }

  #take(text: string): void {
    const left = this.#cutAfterBytes - this.bytes;
    this.bytes += text.length;
    this.#rest += text.slice(0, Math.max(0, left));
    const blocks = this.#rest.split('\n\n');
    this.#rest = blocks.pop() ?? '';
    for (const block of blocks) this.#block(block);
    if (this.status !== 200) this.body += text;
    if (this.bytes >= this.#cutAfterBytes) this.cut();
    this.#look();
  }

  #block(block: string): void {
    const fields = new Map(block.split('\n').map((line) => fieldOf(line)));
    const id = fields.get('id');
    if (id !== undefined) this.lastEventId = id;
    const data = fields.get('data');
    if (data === undefined) return;
    if (fields.get('event') === 'end') this.end = JSON.parse(data) as StreamEnd;
    else this.events.push(JSON.parse(data) as StreamedEvent);
  }

  #look(): void {
    for (const look of [...this.#looks]) look();
  }
}

function fieldOf(line: string): readonly [string, string] {
  const colon = line.indexOf(': ');
  return [line.slice(0, colon), line.slice(colon + 2)];
}
