import type { IncomingMessage } from 'node:http';
import { Duplex } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type WebSocket, WebSocketServer } from 'ws';
import { LeanWebSocketServer } from '../../src/gateway/lean-web-socket.js';

const SEED = 20_261_123;
const RUNS = 300;
const LENGTH_MAX = 1_000;
const TEXT = 1;
const MASK = Buffer.from([0x37, 0xfa, 0x21, 0x3d]);
const NOTHING = Buffer.alloc(0);
const HEADERS = {
  connection: 'Upgrade',
  upgrade: 'websocket',
  'sec-websocket-version': '13',
  'sec-websocket-key': 'bWVzaGxlZGdlciBiZW5jaA==',
};

/** A connection of which the test says in what pieces it is read. */
class Wire extends Duplex {
  readonly written: Buffer[] = [];

  setTimeout(): this {
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  override _read(): void {
    return;
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.written.push(chunk);
    done();
  }
}

interface Frame {
  readonly opcode: number;
  readonly isFinal: boolean;
  readonly isMasked: boolean;
  readonly payload: Uint8Array;
}

function bytesOf({ opcode, isFinal, isMasked, payload }: Frame): Buffer {
  const { length } = payload;
  const head = length < 126 ? [length] : [126, length >> 8, length & 0xff];
  head[0] = (head[0] ?? 0) | (isMasked ? 0x80 : 0);
  const carried = isMasked ? payload.map((byte, at) => byte ^ (MASK[at & 3] ?? 0)) : payload;
  return Buffer.concat([Buffer.from([(isFinal ? 0x80 : 0) | opcode, ...head]), isMasked ? MASK : NOTHING, carried]);
}

function textFrame(text: string): Buffer {
  return bytesOf({ opcode: TEXT, isFinal: true, isMasked: true, payload: Buffer.from(text) });
}

function cut(bytes: Buffer, lengths: readonly number[]): Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = lengths[pieces.length % lengths.length] ?? 1;
    // A copy, because what is read is unmasked in place.
    pieces.push(Buffer.from(bytes.subarray(at, at + length)));
    at += length;
  }
  return pieces;
}

/** Everything that a server makes of those pieces, and the bytes that it answers with. */
async function madeOf(server: WebSocketServer, pieces: readonly Buffer[]): Promise<unknown> {
  const wire = new Wire();
  const seen: unknown[] = [];
  const closed = new Promise<void>((resolve) => {
    const take = (socket: WebSocket): void => {
      socket.on('message', (data: Buffer | string, isBinary) => {
        seen.push(isBinary ? ['bytes', (data as Buffer).toString('hex')] : ['text', data.toString()]);
        socket.send(`heard ${String(seen.length)}`, () => undefined);
      });
      socket.on('ping', (data: Buffer) => seen.push(['ping', data.toString('hex')]));
      socket.on('pong', (data: Buffer) => seen.push(['pong', data.toString('hex')]));
      socket.on('error', (error) => seen.push(['error', error.message]));
      socket.on('close', (code, reason) => {
        seen.push(['close', code, reason.toString('hex')]);
        resolve();
      });
    };
    const request = { method: 'GET', url: '/', headers: HEADERS } as unknown as IncomingMessage;
    server.handleUpgrade(request, wire, NOTHING, take);
  });
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  for (const piece of pieces) {
    wire.push(piece);
    await turn();
  }
  wire.push(null);
  await closed;
  return { seen, written: Buffer.concat(wire.written).toString('latin1') };
}

const frames = fc.array(
  fc.record<Frame>({
    opcode: fc.oneof({ weight: 6, arbitrary: fc.constant(TEXT) }, fc.constantFrom(0, 2, 3, 8, 9, 10)),
    isFinal: fc.oneof({ weight: 6, arbitrary: fc.constant(true) }, fc.constant(false)),
    isMasked: fc.oneof({ weight: 20, arbitrary: fc.constant(true) }, fc.constant(false)),
    payload: fc.oneof(
      { weight: 4, arbitrary: fc.string({ unit: 'grapheme', maxLength: 200 }).map((text) => Buffer.from(text)) },
      {
        weight: 2,
        arbitrary: fc.integer({ min: LENGTH_MAX - 2, max: LENGTH_MAX + 2 }).map((length) => Buffer.alloc(length, 'x')),
      },
      fc.uint8Array({ maxLength: 130 }),
    ),
  }),
  { maxLength: 8 },
);
const lengths = fc.array(fc.oneof(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 2_000 })), {
  minLength: 1,
  maxLength: 6,
});

describe('what a WebSocket reads by itself', () => {
  const options = { noServer: true, maxPayload: LENGTH_MAX, perMessageDeflate: false };
  const lean = (): WebSocketServer => new LeanWebSocketServer(options);

  it('is what ws makes of the same bytes, whatever they are and wherever they are cut', async () => {
    await fc.assert(
      fc.asyncProperty(frames, lengths, async (sent, cuts) => {
        const bytes = Buffer.concat(sent.map(bytesOf));
        const expected = await madeOf(new WebSocketServer(options), cut(bytes, cuts));
        expect(await madeOf(lean(), cut(bytes, cuts))).toEqual(expected);
      }),
      { seed: SEED, numRuns: RUNS },
    );
  });

  it('is whole texts, also when a frame comes in more pieces than are joined', async () => {
    const texts = ['', 'a', 'b'.repeat(125), 'c'.repeat(126), 'd'.repeat(LENGTH_MAX), 'zwölf €'];
    const bytes = Buffer.concat(texts.map(textFrame));
    for (const length of [1, 2, 7, 100, bytes.length]) {
      const { seen } = (await madeOf(lean(), cut(bytes, [length]))) as { seen: unknown[] };
      expect(seen).toEqual([...texts.map((text) => ['text', text]), ['close', 1006, '']]);
    }
  });

  it('leaves nobody on the connection who waited for the end of its upgrade', () => {
    const wire = new Wire();
    const lasting = (): void => undefined;
    wire.on('close', lasting);
    wire.once('close', () => undefined);
    const request = { method: 'GET', url: '/', headers: HEADERS } as unknown as IncomingMessage;
    lean().handleUpgrade(request, wire, NOTHING, () => undefined);
    const left = wire.rawListeners('close');
    expect(left).toContain(lasting);
    expect(left.filter((listener) => 'listener' in listener)).toEqual([]);
  });
});
