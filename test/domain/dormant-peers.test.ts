import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Liveness } from '../../src/domain/liveness.js';
import { ByteReader } from '../../src/event-log/byte-reader.js';
import { ByteWriter } from '../../src/event-log/byte-writer.js';
import { countsOf, readLiveness, restoreLiveness, writeLiveness } from '../../src/event-log/snapshot-columns.js';

const PEERS = 8;
const TIMEOUT_MS = 5;

type Sign = Readonly<{ kind: 'heard' | 'beat' | 'given' | 'gone' | 'asked'; peer: number }>;

const signs = fc.array(
  fc.record<Sign>({
    kind: fc.constantFrom('heard', 'heard', 'beat', 'given', 'gone', 'asked'),
    peer: fc.integer({ min: 1, max: PEERS }),
  }),
  { maxLength: 40 },
);

function take(liveness: Liveness, { kind, peer }: Sign, atMs: number): void {
  if (kind === 'heard') liveness.heard(peer, atMs);
  if (kind === 'beat') liveness.beat(peer, atMs);
  if (kind === 'given') liveness.assigned(peer, peer + 1, atMs);
  if (kind === 'gone') liveness.forget(peer);
  if (kind === 'asked') liveness.of(peer);
}

/** As a snapshot keeps it. */
function keptAndRestored(liveness: Liveness): Liveness {
  const out = new ByteWriter(1_024);
  writeLiveness(out, liveness);
  const counts = countsOf(liveness);
  return restoreLiveness(readLiveness(new ByteReader(out.finish()), counts), counts);
}

function toldOf(liveness: Liveness, atMs: number): object {
  const told = [...liveness.bySilence()].map((peer) => ({ ...peer, longerSilent: null, shorterSilent: null }));
  return {
    told,
    size: liveness.size,
    mostSilent: liveness.mostSilent()?.peer ?? null,
    overdue: [...liveness.overdue(atMs, TIMEOUT_MS)].map(({ peer }) => peer),
    known: Array.from({ length: PEERS }, (_, index) => liveness.of(index + 1)?.lastHeardAt ?? null),
  };
}

describe('a liveness that was restored', () => {
  it('tells the same as one that was never kept, after every sign of life', () => {
    fc.assert(
      fc.property(signs, signs, (before, after) => {
        const [lasting, first] = [new Liveness(), new Liveness()];
        let atMs = 1_000;
        for (const sign of before) {
          atMs += 1;
          for (const liveness of [lasting, first]) take(liveness, sign, atMs);
        }
        const restored = keptAndRestored(first);
        for (const sign of after) {
          atMs += 1;
          for (const liveness of [lasting, restored]) take(liveness, sign, atMs);
          expect(restored.size).toBe(lasting.size);
          expect(restored.mostSilent()?.peer).toBe(lasting.mostSilent()?.peer);
        }
        expect(toldOf(restored, atMs)).toEqual(toldOf(lasting, atMs));
      }),
      { numRuns: 300 },
    );
  });

  it('gives each of two who begin with the same columns a life of its own', () => {
    const kept = new Liveness();
    kept.heard(1, 1_000);
    const out = new ByteWriter(1_024);
    writeLiveness(out, kept);
    const parts = readLiveness(new ByteReader(out.finish()), countsOf(kept));
    const [one, other] = [restoreLiveness(parts, countsOf(kept)), restoreLiveness(parts, countsOf(kept))];
    one.heard(1, 2_000);
    expect([one.of(1)?.lastHeardAt, other.of(1)?.lastHeardAt]).toEqual([2_000, 1_000]);
    one.forget(1);
    expect([one.size, other.size, other.mostSilent()?.peer]).toEqual([0, 1, 1]);
  });
});
