import type { Response } from 'express';
import type { HistoryDocument } from '../history/history-request.js';

/** How long a browser may keep what lies in the past, seconds: long, but a forgotten name is out of every cache within a day. */
const PAST_KEPT_SECONDS = 86_400;

/** For what lies in the past for good. Only the asking operator may keep it: it names people. */
export const CACHE_PAST = `private, max-age=${String(PAST_KEPT_SECONDS)}, immutable`;
/** For what may be another answer at the next moment: to be asked for again, with the tag of what one has. */
export const CACHE_PRESENT = 'private, no-cache';

/**
 * Sends a document with its tag; who has it already is told so without it (304).
 *
 * @param isStable whether the address will mean the same moment later; "5m" ago does not.
 */
export function sendDocument(response: Response, { body, digest, isFinal }: HistoryDocument, isStable: boolean): void {
  response
    .set('ETag', `"${digest}"`)
    .set('Cache-Control', isFinal && isStable ? CACHE_PAST : CACHE_PRESENT)
    .type('application/json')
    .send(Buffer.from(body.buffer, body.byteOffset, body.byteLength));
}
