import type { Response } from 'express';
import { type DocumentInPieces, lengthOf } from '../history/document.js';
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
export function sendDocument(response: Response, { body, ...about }: HistoryDocument, isStable: boolean): void {
  sendPieces(response, { pieces: [body], ...about }, isStable);
}

/** The same of a document in pieces: to put some megabytes together takes longer than to send them. */
export function sendPieces(response: Response, { pieces, digest, isFinal }: DocumentInPieces, isStable: boolean): void {
  const tag = `"${digest}"`;
  response.set('ETag', tag).set('Cache-Control', isFinal && isStable ? CACHE_PAST : CACHE_PRESENT);
  // Not left to Express: it sends everything anew to a client that adds "no-cache" to its question, as fetch in Node does.
  if (tagsOf(response.req.headers['if-none-match']).includes(tag)) {
    response.status(304).end();
    return;
  }
  response.type('application/json').set('Content-Length', String(lengthOf(pieces)));
  for (const piece of pieces) response.write(piece);
  response.end();
}

function tagsOf(header: string | undefined): string[] {
  return (header ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''));
}
