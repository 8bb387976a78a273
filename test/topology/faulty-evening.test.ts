import { describe, it } from '@jest/globals';
import fc from 'fast-check';
import { expectAnswersMatchLog, moment } from '../support/faulty-evening.js';

describe('an evening on which the storage fails now and then', () => {
  it('ends with answers, log and memory in agreement', async () => {
    await fc.assert(fc.asyncProperty(fc.array(moment, { maxLength: 40 }), expectAnswersMatchLog), { numRuns: 40 });
  });
});
