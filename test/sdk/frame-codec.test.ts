import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { codeFrame, type CodedFrame, FrameAssembler, frameOf, messagesOf } from '../../src/sdk/frame-codec.js';
import { FRAME_BYTES_MAX, OBJECT_ID_MAX } from '../../src/sdk/sdk-limits.js';

const MESSAGE_BYTES = 64;

function sent(frame: CodedFrame, messageBytes = MESSAGE_BYTES): ArrayBuffer[] {
  return [...messagesOf(frame, messageBytes)].map((message) => message.slice().buffer);
}

function assemble(messages: readonly ArrayBuffer[], assembler = new FrameAssembler()): CodedFrame[] {
  return messages.flatMap((message) => assembler.take(message) ?? []);
}

it('writes the object_id as 8 bytes, big-endian, and then the frame as it is', () => {
  const [message] = sent(codeFrame(2 ** 40 + 5, Uint8Array.of(7, 8, 9)));
  expect([...new Uint8Array(message!)]).toEqual([0, 0, 1, 0, 0, 0, 0, 5, 7, 8, 9]);
});

it('brings every frame over whole, whatever its size and the size of a message', () => {
  const frames = fc.array(
    fc.record({ objectId: fc.integer({ min: 0, max: OBJECT_ID_MAX }), bytes: fc.uint8Array({ maxLength: 500 }) }),
  );
  fc.assert(
    fc.property(frames, fc.integer({ min: 17, max: 600 }), (given, messageBytes) => {
      const messages = given.flatMap(({ objectId, bytes }) => sent(codeFrame(objectId, bytes), messageBytes));
      expect(messages.every((message) => message.byteLength <= messageBytes)).toBe(true);
      const assembler = new FrameAssembler();
      const got = assemble(messages, assembler).map((frame) => ({
        objectId: frame.objectId,
        bytes: [...frameOf(frame)],
      }));
      expect(got).toEqual(given.map(({ objectId, bytes }) => ({ objectId, bytes: [...bytes] })));
      expect(assembler.malformed).toBe(0);
    }),
    { seed: 6 },
  );
});

it('refuses an id and a length out of bounds', () => {
  for (const objectId of [-1, 0.5, OBJECT_ID_MAX + 1, Number.NaN]) {
    expect(() => codeFrame(objectId, new Uint8Array())).toThrow(RangeError);
  }
  expect(() => codeFrame(0, new Uint8Array(FRAME_BYTES_MAX + 1))).toThrow(/may have 8388608 bytes/);
  expect(frameOf(codeFrame(OBJECT_ID_MAX, new Uint8Array(1)))).toHaveLength(1);
});

it('gives up a frame whose parts do not follow each other, counts it, and takes the next', () => {
  const parts = sent(codeFrame(1, new Uint8Array(150).fill(1)));
  const next = sent(codeFrame(2, Uint8Array.of(2)));
  expect(parts).toHaveLength(4);
  const broken: [string, ArrayBuffer[]][] = [
    ['a part is missing', [parts[0]!, parts[2]!, parts[3]!]],
    ['the first is missing', [parts[1]!]],
    ['a part comes twice', [parts[0]!, parts[1]!, parts[1]!]],
    ['another frame comes between', [parts[0]!]],
  ];
  for (const [what, messages] of broken) {
    const assembler = new FrameAssembler();
    const got = assemble([...messages, ...next], assembler);
    expect({ what, ids: got.map(({ objectId }) => objectId) }).toEqual({ what, ids: [2] });
    expect(assembler.malformed).toBeGreaterThan(0);
  }
});

it('never throws and never holds more than one frame, whatever comes', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 40 })), (messages) => {
      const assembler = new FrameAssembler();
      const got = assemble(
        messages.map((message) => message.slice().buffer),
        assembler,
      );
      expect(got.length + assembler.malformed).toBeLessThanOrEqual(messages.length * 2);
      expect(got.every(({ objectId }) => Number.isSafeInteger(objectId))).toBe(true);
    }),
    { seed: 7 },
  );
});

it('refuses a part of a frame that would be longer than any may be', () => {
  const message = new DataView(new ArrayBuffer(20));
  message.setUint32(0, 0x80000000);
  message.setUint32(12, FRAME_BYTES_MAX + 1);
  const assembler = new FrameAssembler();
  expect(assembler.take(message.buffer)).toBeNull();
  expect(assembler.malformed).toBe(1);
});
