import { z } from 'zod';

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
