/** Quick tests by default; MESHLEDGER_LONG=1 runs the long ones (test/**\/*.long.test.ts) instead. */
const long = process.env.MESHLEDGER_LONG === '1';

export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  testMatch: [long ? '**/*.long.test.ts' : '**/*.test.ts'],
  testPathIgnorePatterns: long ? ['/node_modules/'] : ['/node_modules/', '\\.long\\.test\\.ts$'],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: { '^.+\\.ts$': '@swc/jest' },
  setupFilesAfterEnv: ['<rootDir>/test/support/same-seed.ts'],
  testTimeout: long ? 900_000 : 180_000,
  // One more than the two cores it is meant for: tests that start processes wait half of the time.
  maxWorkers: 3,
};
