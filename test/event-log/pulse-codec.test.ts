import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { CorruptLogError } from '../../src/domain/errors.js';
import { FRAMES_MAX } from '../../src/domain/limits.js';
import { ByteWriter } from '../../src/event-log/byte-writer.js';
import type { PulseRun } from '../../src/event-log/event-log.js';
import {
  PULSE_CODEC,
  decodePulseBlock,
  decodePulsesOf,
  writePulseBody,
  type PulseBlockRow,
} from '../../src/event-log/pulse-codec.js';
import { NOW, heartbeats } from './sample-log.js';

const frames = fc.oneof(fc.constant(-1), fc.nat(), fc.constantFrom(0, 255, 256, 2 ** 32 - 1, 2 ** 32, FRAMES_MAX));
const pulse = fc.record({
  peer: fc.oneof(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: FRAMES_MAX })),
  wait: fc.oneof(fc.nat({ max: 3 }), fc.nat({ max: 2 ** 40 })),
  forwarded: frames,
  received: frames,
});
const run = fc
  .record({ pulses: fc.array(pulse, { minLength: 1, maxLength: 80 }), start: fc.nat({ max: NOW * 2 }) })
  .map(({ pulses, start }): PulseRun => {
    let recordedAt = start;
    return {
      kind: 'pulses',
      firstPosition: 7,
      count: pulses.length,
      peers: pulses.map(({ peer }) => peer),
      recordedAt: pulses.map(({ wait }) => (recordedAt += wait)),
      forwardedFrames: pulses.map(({ forwarded }) => forwarded),
      // A heartbeat says nothing about frames received.
      receivedFrames: pulses.map(({ forwarded, received }) => (forwarded < 0 ? -1 : received)),
    };
  });

function blockOf(pulses: PulseRun): PulseBlockRow {
  const out = new ByteWriter(0);
  writePulseBody(out, pulses, 0, pulses.count);
  return {
    firstPosition: pulses.firstPosition,
    count: pulses.count,
    firstRecordedAt: pulses.recordedAt[0] ?? 0,
    lastRecordedAt: pulses.recordedAt.at(-1) ?? 0,
    codec: PULSE_CODEC,
    body: Uint8Array.from(out.finish()),
  };
}

describe('a pulse block', () => {
  it('gives back every run it was made of', () => {
    fc.assert(fc.property(run, (pulses) => expect(decodePulseBlock(blockOf(pulses))).toEqual(pulses)));
  });

  it('gives the pulses of one peer alone as it gives them among all', () => {
    const property = fc.property(run, fc.nat(), (pulses, pick) => {
      const peer = pulses.peers[pick % pulses.count]!;
      const alone = pulses.peers.flatMap((number, index) =>
        number === peer
          ? [
              {
                kind: 'pulses',
                firstPosition: pulses.firstPosition + index,
                count: 1,
                peers: [peer],
                recordedAt: [pulses.recordedAt[index]],
                forwardedFrames: [pulses.forwardedFrames[index]],
                receivedFrames: [pulses.receivedFrames[index]],
              },
            ]
          : [],
      );
      expect(decodePulsesOf(blockOf(pulses), peer)).toEqual(alone);
    });
    fc.assert(property);
    expect(decodePulsesOf(blockOf(heartbeats(1, [3, 500, 70_000])), 501)).toEqual([]);
  });

  it('takes no bytes for the report columns of heartbeats alone', () => {
    const peers = Array.from({ length: 100 }, (_, index) => index + 1);
    const { body } = blockOf(heartbeats(1, peers));
    const columnHeaders = 4 * 2;
    expect(body).toHaveLength(100 * 2 + columnHeaders);
  });

  it('is refused when it is cut, longer, or of another count, codec or time', () => {
    const block = blockOf(heartbeats(1, [3, 500, 70_000]));
    const damaged: PulseBlockRow[] = [
      { ...block, body: block.body.subarray(0, block.body.length - 1) },
      { ...block, body: new Uint8Array(0) },
      { ...block, body: Uint8Array.of(...block.body, 0) },
      { ...block, count: 2 },
      { ...block, count: 4 },
      { ...block, count: 0 },
      { ...block, count: 2 ** 40 },
      { ...block, codec: 2 },
      { ...block, firstRecordedAt: NOW + 1 },
      { ...block, lastRecordedAt: NOW },
    ];
    for (const one of damaged) {
      expect(() => decodePulseBlock(one)).toThrow(CorruptLogError);
      expect(() => decodePulsesOf(one, 500)).toThrow(CorruptLogError);
    }
  });

  it('never fails in another way than naming the damage, whatever its bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.nat({ max: 20 }), (body, count) => {
        const block = { ...blockOf(heartbeats(9, [1])), body, count };
        for (const decode of [() => decodePulseBlock(block), () => decodePulsesOf(block, 1)]) {
          try {
            decode();
          } catch (error) {
            expect(error).toBeInstanceOf(CorruptLogError);
          }
        }
      }),
    );
  });
});
