import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { runInNewContext } from 'node:vm';
import { gzipSync } from 'node:zlib';
import { expect, it } from '@jest/globals';

const GZIP_BYTES_MAX = 12_288;
const root = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);

async function builtFile(path: string): Promise<string> {
  return readFile(new URL(`../../dist/sdk/${path}`, import.meta.url), 'utf8');
}

it('has at most 12 kB of its own, compressed, and needs socket.io-client alone', async () => {
  const client = await builtFile('client.js');
  expect(gzipSync(client, { level: 9 }).byteLength).toBeLessThanOrEqual(GZIP_BYTES_MAX);
  const imports = [...client.matchAll(/(?:from|import)\s*["']([^"']+)["']/g)].map((match) => match[1]);
  expect(imports).toEqual(['socket.io-client']);
});

it('is imported as meshledger/client', async () => {
  const script = 'console.log(Object.keys(await import("meshledger/client")).sort().join())';
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script], { cwd: root });
  expect(stdout.trim()).toBe('MeshPeer,MeshRefusedError');
});

it('stands in a plain script as the global Meshledger, with nothing else to load', async () => {
  const script = await builtFile('meshledger.iife.js');
  const page = { self: {}, setTimeout, clearTimeout, TextEncoder, TextDecoder };
  const names: unknown = runInNewContext(`${script}; Object.keys(Meshledger).sort().join()`, page);
  expect(names).toBe('MeshPeer,MeshRefusedError');
});
