import { jest } from '@jest/globals';
import { runCommandLine } from '../../src/cli/run-command-line.js';
import type { Ended } from './run-meshledger.js';

/** Runs a command line within this process: many of them in the time that one process takes to start. One at a time. */
export async function commandLine(...words: readonly string[]): Promise<Ended> {
  const exitCodeBefore = process.exitCode;
  const stdout = captured(process.stdout);
  const stderr = captured(process.stderr);
  process.exitCode = 0;
  try {
    await runCommandLine(words);
    return { exitCode: process.exitCode, stdout: stdout.text(), stderr: stderr.text() };
  } finally {
    stdout.release();
    stderr.release();
    process.exitCode = exitCodeBefore;
  }
}

function captured(stream: NodeJS.WriteStream): { text: () => string; release: () => void } {
  let text = '';
  const spy = jest.spyOn(stream, 'write').mockImplementation((chunk, ...rest) => {
    text += String(chunk);
    const written = rest.at(-1) as (() => void) | string | undefined;
    if (typeof written === 'function') written();
    return true;
  });
  const listeners = new Set(stream.listeners('error'));
  const release = (): void => {
    spy.mockRestore();
    for (const listener of stream.listeners('error'))
      if (!listeners.has(listener)) stream.off('error', listener as () => void);
  };
  return { text: () => text, release };
}
