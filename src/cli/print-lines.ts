/** Characters gathered before they are written; one system call for a few hundred lines. */
const CHUNK_CHARACTERS = 65_536;

/** Whoever read our output has gone (`| head`): no error, just the end. */
export class OutputClosed extends Error {
  override readonly name = 'OutputClosed';
}

/**
 * Writes lines to stdout as fast as its reader takes them, holding no more than one chunk.
 *
 * @throws OutputClosed when the reader has gone.
 */
export async function printLines(lines: Iterable<string>): Promise<void> {
  let chunk = '';
  for (const line of lines) {
    chunk += `${line}\n`;
    if (chunk.length < CHUNK_CHARACTERS) continue;
    await write(chunk);
    chunk = '';
  }
  if (chunk !== '') await write(chunk);
}

/** One JSON document on a line of its own, the same bytes as the HTTP answer. */
export function printJson(document: object): Promise<void> {
  return printLines([JSON.stringify(document)]);
}

function write(chunk: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(chunk, (error) => {
      if (error === null || error === undefined) resolve();
      else reject('code' in error && error.code === 'EPIPE' ? new OutputClosed() : error);
    });
  });
}
