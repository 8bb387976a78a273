import { createPublicKey, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { z } from 'zod';
import { fileSetting } from './file-setting.js';

const RSA_BITS_MIN = 2_048;
/** What Node calls P-256. */
const P_256 = 'prime256v1';

/** The path of a PEM file with the public key that JSON Web Tokens are checked with; the key is read at once. */
export const publicKeyFileSchema: z.ZodType<KeyObject | null> = fileSetting(readPublicKeyFile);

/** @throws Error when the file cannot be read, or holds no key that RS256 or ES256 can be checked with. */
function readPublicKeyFile(path: string): KeyObject {
  const pem = readFileSync(path, 'utf8');
  // Node would derive the public key, and nobody would notice that the private one lies on the wrong machine.
  if (pem.includes('PRIVATE KEY')) throw new Error(`${path} holds a private key`);
  const key = createPublicKey(pem);
  const { modulusLength = 0, namedCurve } = key.asymmetricKeyDetails ?? {};
  const isUsable =
    (key.asymmetricKeyType === 'rsa' && modulusLength >= RSA_BITS_MIN) ||
    (key.asymmetricKeyType === 'ec' && namedCurve === P_256);
  if (!isUsable) throw new Error(`${path} holds a key for neither RS256 nor ES256`);
  return key;
}
