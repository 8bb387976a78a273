import { beforeEach, expect, it } from '@jest/globals';
import { ChildFeed } from '../../src/sdk/child-feed.js';
import { codeFrame, FrameAssembler } from '../../src/sdk/frame-codec.js';
import { RecentFrames } from '../../src/sdk/recent-frames.js';
import { CHANNEL_HIGH_BYTES, KEEPALIVE_MS } from '../../src/sdk/sdk-limits.js';

const NOW_MS = 1_000;
const MESSAGE_BYTES = 1_000;
const NOTHING_YET = { numbering: null, objectId: null };

/** Takes all it is given, and says that it waits until `drain`. */
class SlowChannel {
  readyState = 'open';
  bufferedAmount = 0;
  readonly words: string[] = [];
  readonly messages: Uint8Array<ArrayBuffer>[] = [];
  readonly #assembler = new FrameAssembler();
  readonly ids: number[] = [];

  readonly send = (message: string | Uint8Array<ArrayBuffer>): void => {
    this.bufferedAmount += message.length;
    if (typeof message === 'string') {
      this.words.push(message);
      return;
    }
    this.messages.push(message);
    const frame = this.#assembler.take(message.slice().buffer);
    if (frame !== null) this.ids.push(frame.objectId);
  };

  drain(): void {
    this.bufferedAmount = 0;
  }
}

let frames: RecentFrames;
let channel: SlowChannel;

beforeEach(() => {
  frames = new RecentFrames(10, 4_000_000);
  channel = new SlowChannel();
});

function add(from: number, to: number, bytes = 10, numbering = 'n'): void {
  for (let objectId = from; objectId <= to; objectId += 1) {
    frames.add({ ...codeFrame(objectId, new Uint8Array(bytes)), numbering });
  }
}

function feed(request: ConstructorParameters<typeof ChildFeed>[2]): ChildFeed {
  return new ChildFeed(channel, frames, request, MESSAGE_BYTES, NOW_MS);
}

it('starts a new child with the next frame, and one that comes back with what it has not got', () => {
  add(1, 5);
  feed(NOTHING_YET).pump(NOW_MS);
  expect(channel.ids).toEqual([]);
  feed({ numbering: 'n', objectId: 2 }).pump(NOW_MS);
  expect(channel.ids).toEqual([3, 4, 5]);
});

it('starts a child of another numbering, or one that is ahead, with the next frame', () => {
  add(1, 5);
  for (const request of [
    { numbering: 'm', objectId: 2 },
    { numbering: 'n', objectId: 9 },
  ]) {
    feed(request).pump(NOW_MS);
    expect(channel.ids).toEqual([]);
  }
});

it('gives a child that comes back late the oldest frame there is, not one of another numbering', () => {
  add(1, 20);
  feed({ numbering: 'n', objectId: 2 }).pump(NOW_MS);
  expect(channel.ids).toEqual([11, 12, 13, 14, 15, 16, 17, 18, 19, 20]);
  channel.ids.length = 0;
  add(1, 2, 10, 'm');
  feed({ numbering: 'm', objectId: 0 }).pump(NOW_MS);
  expect(channel.ids).toEqual([1, 2]);
});

it('stops at the high mark, goes on when the channel has drained, and loses nothing that is still there', () => {
  const slow = feed(NOTHING_YET);
  add(1, 3, CHANNEL_HIGH_BYTES);
  slow.pump(NOW_MS);
  expect(channel.ids).toEqual([1]);
  slow.pump(NOW_MS);
  expect(channel.ids).toEqual([1]);
  for (const soFar of [
    [1, 2],
    [1, 2, 3],
  ]) {
    channel.drain();
    slow.pump(NOW_MS);
    expect(channel.ids).toEqual(soFar);
  }
  expect(slow).toMatchObject({ dropped: 0, forwarded: 3 });
});

it('drops whole frames, the oldest first, of a child that never reads, and counts them', () => {
  const stuck = feed(NOTHING_YET);
  channel.bufferedAmount = CHANNEL_HIGH_BYTES;
  add(1, 30);
  stuck.pump(NOW_MS);
  channel.drain();
  stuck.pump(NOW_MS);
  expect(channel.ids).toEqual([21, 22, 23, 24, 25, 26, 27, 28, 29, 30]);
  expect(stuck.dropped).toBe(20);
});

it('says whose numbering the ids belong to before the first frame of it', () => {
  const told = feed(NOTHING_YET);
  told.greet('n');
  add(1, 2);
  add(1, 1, 10, 'm');
  told.pump(NOW_MS);
  expect(channel.words).toEqual(['{"numbering":"n"}', '{"numbering":"m"}']);
});

it('gives a sign of life when there was nothing to send, and only then', () => {
  const idle = feed(NOTHING_YET);
  idle.beat(NOW_MS + KEEPALIVE_MS - 1);
  expect(channel.words).toEqual([]);
  idle.beat(NOW_MS + KEEPALIVE_MS);
  expect(channel.words).toEqual(['{}']);
  add(1, 1);
  idle.pump(NOW_MS + KEEPALIVE_MS + 100);
  idle.beat(NOW_MS + 2 * KEEPALIVE_MS);
  expect(channel.words).toHaveLength(2);
});

it('sends a child that knows no ids bare frames and no words, and none that do not fit into a message', () => {
  const bare = feed(null);
  bare.greet('n');
  add(1, 1, 3);
  add(2, 2, MESSAGE_BYTES + 1);
  add(3, 3, MESSAGE_BYTES);
  bare.pump(NOW_MS);
  bare.beat(NOW_MS + 60_000);
  expect(channel.words).toEqual([]);
  expect(channel.messages.map((message) => message.byteLength)).toEqual([3, MESSAGE_BYTES]);
  expect(bare).toMatchObject({ forwarded: 2, dropped: 1, isBare: true });
});
