import { describe, expect, it } from '@jest/globals';
import { AcknowledgedPositions } from '../../../src/cli/audience/acknowledged-positions.js';

function filled(rowsMax: number, rows: number, seed = 1): AcknowledgedPositions {
  const acknowledged = new AcknowledgedPositions(seed, rowsMax);
  for (let row = rows; row >= 1; row--) {
    acknowledged.add({ position: row, kind: 'capacity', peerId: `peer-${row % 7}`, capacity: row % 3 });
  }
  return acknowledged;
}

describe('acknowledged positions', () => {
  it('are all kept below the bound, and given back by position', () => {
    const kept = [...filled(100_000, 50_000).inOrder()];
    expect(kept.map(({ position }) => position)).toEqual(Array.from({ length: 50_000 }, (_, row) => row + 1));
    expect(kept[9]).toEqual({ position: 10, kind: 'capacity', peerId: 'peer-3', capacity: 1 });
  });

  it('become a sample beyond the bound, spread over the run and the same for the same seed', () => {
    const sample = filled(100, 10_000);
    const positions = [...sample.inOrder()].map(({ position }) => position);
    expect(sample).toMatchObject({ kept: 100, seen: 10_000, firstPosition: 1 });
    expect(positions.filter((position) => position > 5_000).length).toBeGreaterThan(25);
    expect(positions.filter((position) => position <= 5_000).length).toBeGreaterThan(25);
    expect([...filled(100, 10_000).inOrder()]).toEqual([...sample.inOrder()]);
    expect([...filled(100, 10_000, 2).inOrder()]).not.toEqual([...sample.inOrder()]);
  });
});
