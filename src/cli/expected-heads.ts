import { readFileSync } from 'node:fs';
import * as z from 'zod';
import type { ExpectedHead } from '../event-log/verify-ends.js';
import { WrongUse } from './wrong-use.js';

const head = z.object({
  track: z.string(),
  position: z.int().min(1),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
});
/** A line of the service log, the answer of `tracks --json`, or one head alone. Whatever else they say is passed over. */
const holder = z.union([
  z.object({ heads: z.array(head) }).transform(({ heads }) => heads),
  z.object({ tracks: z.array(head) }).transform(({ tracks }) => tracks),
  head.transform((alone) => [alone]),
]);

/**
 * Reads heads that were kept where the log is not: lines of JSON, among them the service log's `heads` lines, answers of `tracks --json`, or
 * single heads `{ track, position, hash }`. Other lines are passed over, so that a service log can be given as it is.
 *
 * @returns the heads of each track, all of which the log must still pass through.
 * @throws WrongUse when the file can't be read or holds no head.
 */
export function readExpectedHeads(path: string): Map<string, ExpectedHead[]> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new WrongUse(`cannot read heads from ${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
  const heads = new Map<string, ExpectedHead[]>();
  for (const line of text.split('\n'))
    for (const { track, position, hash } of headsIn(line)) {
      const known = heads.get(track) ?? [];
      if (!known.some((same) => same.position === position && same.hash === hash)) known.push({ position, hash });
      heads.set(track, known);
    }
  if (heads.size > 0) return heads;
  throw new WrongUse(
    `${path} holds no head; allowed are lines of the service log, the output of "tracks --json", or lines {"track","position","hash"}`,
  );
}

function headsIn(line: string): z.infer<typeof holder> {
  if (!line.includes('"hash"')) return [];
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    // A service that was killed leaves half a line behind.
    return [];
  }
  return holder.safeParse(json).data ?? [];
}
