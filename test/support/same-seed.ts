import fc from 'fast-check';

/** Any number; another one draws other sessions. */
const SEED = 20_261_123;

/**
 * Quick tests draw the same every time: what they say of a change is about the change. New ground is for the long tests, which
 * draw anew in each run and print the seed of a failure. `MESHLEDGER_SEED` sets it for both.
 */
const { MESHLEDGER_SEED, MESHLEDGER_LONG } = process.env;
if (MESHLEDGER_SEED !== undefined) fc.configureGlobal({ seed: Number(MESHLEDGER_SEED) });
else if (MESHLEDGER_LONG !== '1') fc.configureGlobal({ seed: SEED });
