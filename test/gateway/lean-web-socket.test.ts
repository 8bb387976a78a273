import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { WebSocket } from 'ws';
import { LeanWebSocketServer } from '../../src/gateway/lean-web-socket.js';

/** More than the kernel keeps for a client that does not read. */
const MESSAGES_BEYOND_THE_KERNEL = 400;
const LONGEST = 65_535;

describe('a WebSocket that writes each text at once', () => {
  let http: Server;
  let client: WebSocket;
  let served: WebSocket;
  let received: string[];

  beforeEach(async () => {
    http = createServer();
    const server = new LeanWebSocketServer({ server: http });
    const connected = new Promise<WebSocket>((resolve) => server.once('connection', resolve));
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    client = new WebSocket(`ws://127.0.0.1:${String((http.address() as AddressInfo).port)}`);
    received = [];
    client.on('message', (data: Buffer, isBinary) => received.push(isBinary ? 'bytes' : data.toString()));
    served = await connected;
    await new Promise((resolve) => client.once('open', resolve));
  });
  afterEach(() => {
    client.terminate();
    http.close();
  });

  const until = async (isSo: () => boolean): Promise<void> => {
    while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
  };

  it('sends texts of every length as they are', async () => {
    const texts = [0, 1, 125, 126, 127, 255, 256, LONGEST, LONGEST + 1].map((length) => 'x'.repeat(length));
    for (const text of texts) served.send(text, () => undefined);
    await until(() => received.length === texts.length);
    expect(received).toEqual(texts);
  });

  it('keeps the order among texts, texts that are not ASCII, bytes, and those sent with options', async () => {
    served.send('one', () => undefined);
    served.send('zwölf €', () => undefined);
    served.send(Buffer.from([1, 2]), () => undefined);
    served.send('with options', { compress: false }, () => undefined);
    served.send('without a callback');
    served.send('last', () => undefined);
    await until(() => received.length === 6);
    expect(received).toEqual(['one', 'zwölf €', 'bytes', 'with options', 'without a callback', 'last']);
  });

  it('says what a client that does not read leaves waiting, and tells when it is gone, in order', async () => {
    client.pause();
    const sent: number[] = [];
    const text = 'x'.repeat(LONGEST - 4);
    for (let index = 0; index < MESSAGES_BEYOND_THE_KERNEL; index += 1)
      served.send(text + String(index).padStart(4, '0'), () => sent.push(index));
    expect(sent.length).toBeLessThan(MESSAGES_BEYOND_THE_KERNEL);
    expect(served.bufferedAmount).toBeGreaterThan(LONGEST);
    client.resume();
    await until(() => sent.length === MESSAGES_BEYOND_THE_KERNEL && received.length === MESSAGES_BEYOND_THE_KERNEL);
    expect(sent).toEqual(Array.from({ length: MESSAGES_BEYOND_THE_KERNEL }, (_, index) => index));
    expect(received.map((each) => Number(each.slice(-4)))).toEqual(sent);
    expect(served.bufferedAmount).toBe(0);
  });

  it('writes what is sent in one turn at its end, as one piece', async () => {
    const connection = (served as unknown as { _socket: Socket })._socket;
    const writes: unknown[] = [];
    const write = connection.write.bind(connection);
    jest.spyOn(connection, 'write').mockImplementation((...words: unknown[]) => {
      writes.push(words[0]);
      return (write as (...words: unknown[]) => boolean)(...words);
    });
    const sent: string[] = [];
    for (const text of ['one', 'two', 'three']) served.send(text, () => sent.push(text));
    expect([sent, writes]).toEqual([['one', 'two', 'three'], []]);
    await until(() => received.length === 3);
    expect([received, writes]).toEqual([sent, ['\x81\x03one\x81\x03two\x81\x05three']]);
  });

  it.each([
    ['closes', (socket: WebSocket) => socket.close()],
    ['drops the connection', (socket: WebSocket) => socket.terminate()],
  ])('writes what was sent before it %s', async (_, end) => {
    const closed = new Promise((resolve) => client.once('close', resolve));
    served.send('last words', () => undefined);
    end(served);
    await closed;
    expect(received).toEqual(['last words']);
  });

  it('answers pings, but not of a client that does not read the answers', async () => {
    let pongs = 0;
    client.on('pong', () => (pongs += 1));
    client.ping('once');
    await until(() => pongs === 1);
    const connection = (served as unknown as { _socket: Socket })._socket;
    client.pause();
    for (let index = 0; connection.writableLength === 0 && index < MESSAGES_BEYOND_THE_KERNEL; index += 1)
      served.send('x'.repeat(LONGEST), () => undefined);
    await until(() => connection.writableLength > 0);
    const waiting = served.bufferedAmount;
    let pings = 0;
    served.on('ping', () => (pings += 1));
    for (let index = 0; index < 100; index += 1) client.ping('again and again');
    await until(() => pings === 100);
    expect(served.bufferedAmount).toBeLessThanOrEqual(waiting);
  });

  it('ends for good when it is closed by whom it serves after its client has ended its half without reading', async () => {
    const theirs = (client as unknown as { _socket: Socket })._socket;
    const ours = (served as unknown as { _socket: Socket })._socket;
    client.pause();
    for (let index = 0; ours.writableLength === 0 && index < MESSAGES_BEYOND_THE_KERNEL; index += 1)
      served.send('x'.repeat(LONGEST), () => undefined);
    await until(() => ours.writableLength > 0);
    theirs.end();
    await until(() => served.readyState === WebSocket.CLOSING);
    const closed = new Promise((resolve) => served.once('close', resolve));
    served.close();
    await closed;
    expect(ours.destroyed).toBe(true);
  });

  it('refuses to send when it is closed, as any WebSocket does', async () => {
    client.close();
    await until(() => served.readyState === WebSocket.CLOSED);
    const failure = await new Promise<Error | undefined>((resolve) => served.send('late', resolve));
    expect(failure?.message).toContain('not open');
  });
});
