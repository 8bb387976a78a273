import { describe, it } from '@jest/globals';
import fc from 'fast-check';
import { expectAnswersMatchLog, moment } from '../support/faulty-evening.js';

describe('a thousand evenings on which the storage fails now and then', () => {
  it('end with answers, log and memory in agreement', async () => {
    await fc.assert(fc.asyncProperty(fc.array(moment, { maxLength: 120, size: 'max' }), expectAnswersMatchLog), {
      numRuns: 1_000,
    });
  }, 1_800_000);
});
