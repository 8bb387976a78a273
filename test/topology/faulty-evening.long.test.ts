import { describe, it } from '@jest/globals';
import fc from 'fast-check';
import { expectAnswersMatchLog, moment } from '../support/faulty-evening.js';

describe('a thousand evenings on which the storage fails now and then', () => {
  it('end with answers, log and memory in agreement', async () => {
    const evening = fc.asyncProperty(
      fc.array(moment, { maxLength: 120, size: 'max' }),
      fc.constantFrom(0, 0, 3),
      expectAnswersMatchLog,
    );
    await fc.assert(evening, { numRuns: 1_000 });
  }, 1_800_000);
});
