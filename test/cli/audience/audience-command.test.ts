import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { audienceCommand } from '../../../src/cli/audience.js';
import { FakeService } from './fake-service.js';

afterEach(() => {
  jest.restoreAllMocks();
  process.exitCode = undefined;
});

async function output(...words: string[]): Promise<string> {
  let printed = '';
  jest.spyOn(process.stdout, 'write').mockImplementation((chunk, ...rest) => {
    printed += String(chunk);
    for (const done of rest) if (typeof done === 'function') done();
    return true;
  });
  const command = audienceCommand()
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });
  await command.parseAsync(words, { from: 'user' });
  return printed;
}

const ask = (url: string) => ['--url', url, '--track', 'live/x', '--peers', '3', '--seconds', '1', '--seed', '5'];

describe('meshledger audience', () => {
  it('ends with 0 and one JSON document when the service keeps the contract', async () => {
    const fake = await new FakeService().start();
    const summary: unknown = JSON.parse(await output(...ask(fake.url), '--json'));
    expect(summary).toMatchObject({ joins: 3, seed: 5, violations: 0, positions: { missing: 0 } });
    expect(process.exitCode).toBe(0);
    await fake.stop();
  });

  it('ends with 1 and names the fault when an acknowledged position is not in the log', async () => {
    const fake = await new FakeService({ faults: { forgets: (type) => type === 'ForwardReported' } }).start();
    expect(await output(...ask(fake.url))).toMatch(
      /acknowledged_position_missing \(viewer-\w+-\d\): forward_report: position \d+ is not in the log/,
    );
    expect(process.exitCode).toBe(1);
    await fake.stop();
  });

  it.each([
    ['a number of peers that is none', ['--peers', '0']],
    ['an address that is none', ['--url', 'localhost']],
    ['a track name that cannot be', ['--track', '/live']],
  ])('refuses %s', async (_, words) => {
    await expect(output(...ask('http://127.0.0.1:9'), ...words)).rejects.toMatchObject({
      code: 'commander.invalidArgument',
    });
  });
});
