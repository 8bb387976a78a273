import { describe, expect, it } from '@jest/globals';
import { killWhileKeeping } from '../support/kill-while-keeping.js';
import { temporaryDataDir } from '../support/log-directory.js';

describe('a process killed while it takes snapshots', () => {
  it.each(Array.from({ length: 10 }, (_, index) => 401 + index))(
    'leaves whole snapshots or none: instant of seed %i',
    async (seed) => {
      const { dataDir, remove } = await temporaryDataDir();
      try {
        expect(await killWhileKeeping(dataDir, seed)).toMatchObject({ wrong: [], unusable: [], sameHead: true });
      } finally {
        await remove();
      }
    },
  );
});
