import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { fileSetting } from './file-setting.js';

const ICE_SERVERS_MAX = 16;
const URLS_PER_SERVER_MAX = 16;
const ICE_TEXT_LENGTH_MAX = 1_024;

const url = z
  .string()
  .max(ICE_TEXT_LENGTH_MAX)
  .regex(/^(stuns?|turns?):[^\s]+$/);

const iceServer = z.strictObject({
  urls: z.union([url, z.array(url).min(1).max(URLS_PER_SERVER_MAX)]),
  username: z.string().max(ICE_TEXT_LENGTH_MAX).optional(),
  credential: z.string().max(ICE_TEXT_LENGTH_MAX).optional(),
});

/** STUN and TURN servers that stand in a file, as they were when it was read. */
export interface IceServersFile {
  readonly path: string;
  readonly servers: z.infer<typeof iceServersSchema>;
}

/** A JSON array of RTCIceServer as it stands on the command line. */
export const iceServersSchema = z
  .string()
  .transform((json, context): unknown => {
    try {
      return JSON.parse(json);
    } catch {
      context.issues.push({ code: 'custom', message: 'not JSON', input: json });
      return z.NEVER;
    }
  })
  .pipe(z.array(iceServer).max(ICE_SERVERS_MAX));

/** The path of a file with such an array; what it holds is read at once. */
export const iceServersFileSchema: z.ZodType<IceServersFile | null> = fileSetting(readIceServersFile);

/** @throws Error when the file cannot be read, or is no JSON array of RTCIceServer. Its message repeats nothing of the file. */
export function readIceServersFile(path: string): IceServersFile {
  const parsed = iceServersSchema.safeParse(readFileSync(path, 'utf8'));
  if (parsed.success) return { path, servers: parsed.data };
  throw new Error(
    `${path} is no JSON array of RTCIceServer: [{"urls": "stun:..." or [..], "username"?, "credential"?}]`,
  );
}
