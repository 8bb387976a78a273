import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ByteWriter } from '../../src/event-log/byte-writer.js';
import { PULSE_CODEC, writePulseBody } from '../../src/event-log/pulse-codec.js';
import { PulsePeers } from '../../src/event-log/pulse-peers.js';
import { heartbeats } from './sample-log.js';

/** Beginnings of blocks as the log hands them over. */
function headsOf(blocks: readonly (readonly number[])[]): ConstructorParameters<typeof PulsePeers>[0] {
  let position = 1;
  const firstPositions: number[] = [];
  const heads = blocks.map((peers) => {
    const out = new ByteWriter(0);
    firstPositions.push(position);
    const run = heartbeats(position, [...peers]);
    writePulseBody(out, run, 0, run.count);
    position += peers.length;
    return Buffer.from(out.finish()).subarray(0, 16 + 4 * peers.length);
  });
  return {
    firstPositions,
    counts: blocks.map(({ length }) => length),
    codecs: blocks.map(() => PULSE_CODEC),
    lengths: heads.map(({ length }) => length),
    bytes: Buffer.concat(heads),
  };
}

/** Two numbers that differ in nothing but what is not kept of them. */
const peer = fc.oneof(fc.integer({ min: 1, max: 40 }), fc.constantFrom(0x10000 + 7, 2 ** 24 + 7, 2 ** 33 + 7, 2 ** 40));
const blocks = fc.array(fc.array(peer, { minLength: 1, maxLength: 12 }), { maxLength: 12 });

describe('whose pulses stand in some blocks', () => {
  it('is told of every block that holds one, and of hardly any that does not', () => {
    const property = fc.property(
      blocks,
      peer,
      fc.nat({ max: 150 }),
      fc.nat({ max: 150 }),
      (all, wanted, from, length) => {
        const heads = headsOf(all);
        const told = new PulsePeers(heads);
        const inRange = (first: number): boolean => first >= from && first <= from + length;
        const candidates = heads.firstPositions.filter((first, index) => {
          const isLike = (number: number): boolean => number % 0x10000 === wanted % 0x10000;
          // Wider numbers than four bytes are not handed over as a whole.
          return inRange(first) && (all[index]!.some(isLike) || spreadOf(all[index]!) >= 2 ** 32);
        });
        const found = told.blocksOf(wanted, from, from + length);
        expect(candidates).toEqual(expect.arrayContaining(found));
        for (const [index, first] of heads.firstPositions.entries())
          if (inRange(first) && all[index]!.includes(wanted)) expect(found).toContain(first);
        expect(told.blocksBetween(from, from + length)).toBe(heads.firstPositions.filter(inRange).length);
        expect(found).toEqual([...found].sort((one, other) => one - other));
      },
    );
    fc.assert(property, { seed: 4, numRuns: 500 });
  });

  it('is not told of a block that is damaged or of another codec: that one is always read', () => {
    const heads = headsOf([
      [1, 2],
      [3, 4],
      [5, 6],
      [7, 8],
    ]);
    const wide = Buffer.from(heads.bytes);
    wide[heads.lengths[0]!] = 9;
    const damaged = [
      { ...heads, codecs: [1, 2, 1, 1] },
      { ...heads, counts: [2, 60, 2, 2] },
      { ...heads, counts: [2, 2 ** 40, 2, 2] },
      { ...heads, counts: [2, 0, 2, 2] },
      { ...heads, bytes: wide },
    ];
    for (const one of damaged) expect(new PulsePeers(one).blocksOf(7, 1, 100)).toEqual([3, 7]);
    expect(new PulsePeers({ ...heads, lengths: [heads.lengths[0]!, 0, 0, 0] }).blocksOf(1, 1, 100)).toEqual([
      1, 3, 5, 7,
    ]);
  });
});

function spreadOf(numbers: readonly number[]): number {
  return Math.max(...numbers) - Math.min(...numbers);
}
