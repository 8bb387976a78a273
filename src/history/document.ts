import { createHash } from 'node:crypto';
import { DOCUMENT_BYTES_MAX, type HistoryDocument, HistoryFault } from './history-request.js';

/** A document that is not put together yet: its body is these, one behind the other. */
export interface DocumentInPieces extends Omit<HistoryDocument, 'body'> {
  readonly pieces: readonly Uint8Array[];
}

export function lengthOf(pieces: readonly Uint8Array[]): number {
  return pieces.reduce((sum, piece) => sum + piece.byteLength, 0);
}

export function joined({ pieces, digest, isFinal }: DocumentInPieces): HistoryDocument {
  const body = new Uint8Array(lengthOf(pieces));
  let place = 0;
  for (const piece of pieces) {
    body.set(piece, place);
    place += piece.byteLength;
  }
  return { body, digest, isFinal };
}

/** @throws HistoryFault `query_too_costly` for an answer that is too long. */
export function documentOf(json: object, isFinal: boolean): HistoryDocument {
  const body = new TextEncoder().encode(JSON.stringify(json));
  checkLength(body.byteLength);
  return { body, digest: digestOf([body]), isFinal };
}

/** A digest for an ETag. */
export function digestOf(pieces: readonly (Uint8Array | string)[]): string {
  const hash = createHash('sha256');
  for (const piece of pieces) hash.update(piece);
  return hash.digest('base64url').slice(0, 27);
}

/** @throws HistoryFault `query_too_costly` for an answer of more bytes than any may have. */
export function checkLength(bytes: number): void {
  if (bytes > DOCUMENT_BYTES_MAX)
    throw new HistoryFault(
      'query_too_costly',
      `the answer has ${String(bytes)} bytes, more than ${String(DOCUMENT_BYTES_MAX)}: ask for less`,
    );
}
