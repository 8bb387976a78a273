import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { commandLine } from '../support/command-line.js';

it('README lists every verb of the command line once, in the same groups and order, and none that is not there', async () => {
  const { stdout } = await commandLine('--help');
  const [, commands = ''] = /\n\n(Serve:[^]*?)\n\n(?:Commands|Exit codes)/.exec(stdout) ?? [];
  const helped = [...commands.matchAll(/^(?:(\w[\w ]*):$| {2}([a-z-]+) )/gm)].map(([, group, verb]) => group?.toLowerCase() ?? verb);
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
  const [, table = ''] = /## Commands\n([^]*?)\n## /.exec(readme) ?? [];
  const listed = [...table.matchAll(/^\| (?:\*\*(.*?)\*\*|(`.*?`)) \|/gm)].flatMap(([, group, verbs = '']) =>
    group === undefined ? [...verbs.matchAll(/`([a-z-]+)`/g)].map(([, verb]) => verb) : [group],
  );
  expect(helped).toHaveLength(23);
  expect(listed).toEqual(helped);
});
