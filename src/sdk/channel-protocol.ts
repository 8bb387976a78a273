/**
 * What a child says in the `protocol` field of the DataChannel it opens, so that its parent knows that it understands object ids,
 * and which frame it has last. A parent that knows nothing of this ignores the field and sends bare frames.
 */
export interface ChildRequest {
  /** Numbering and id of the last frame the child has; null when it has none. */
  readonly numbering: string | null;
  readonly objectId: number | null;
}

/** Label of the channel that carries frames from a parent to its child. */
export const MEDIA_LABEL = 'media';

const NAME = 'meshledger.1';
const REQUEST = /^meshledger\.1(?:;numbering=([A-Za-z0-9_-]{1,64});after=(\d{1,16}))?$/;
const NUMBERING = /^[A-Za-z0-9_-]{1,64}$/;

/** Writes the field. */
export function protocolOf({ numbering, objectId }: ChildRequest): string {
  return numbering === null || objectId === null ? NAME : `${NAME};numbering=${numbering};after=${String(objectId)}`;
}

/** Reads the field. @returns null for a child that wants bare frames. */
export function readProtocol(protocol: string): ChildRequest | null {
  const match = REQUEST.exec(protocol);
  if (match === null) return null;
  return { numbering: match[1] ?? null, objectId: match[2] === undefined ? null : Number(match[2]) };
}

/** What a parent says between frames, as text: whose numbering the next ids belong to, or nothing, as a sign of life. */
export type ParentWord = Readonly<{ numbering: string | null } | { numbering?: undefined }>;

export const SIGN_OF_LIFE = '{}';

export function numberingWord(numbering: string | null): string {
  return JSON.stringify({ numbering });
}

/** Reads a text message of a parent. @returns null when it is none of ours. */
export function readParentWord(text: string): ParentWord | null {
  if (text === SIGN_OF_LIFE) return {};
  let word: unknown;
  try {
    word = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof word !== 'object' || word === null || !('numbering' in word)) return null;
  const { numbering } = word;
  if (numbering === null) return { numbering };
  return typeof numbering === 'string' && NUMBERING.test(numbering) ? { numbering } : null;
}
