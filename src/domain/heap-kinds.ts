/** What a heap of peers is for: a peer can stand in one heap of each kind at a time. */
export const HEAP_KINDS = ['queue', 'strained', 'spare'] as const;
export type HeapKind = (typeof HEAP_KINDS)[number];

const OUTSIDE = HEAP_KINDS.map(() => -1);

/** The places of a peer that stands in no heap, one for each kind. */
export function outsideAllHeaps(): number[] {
  return OUTSIDE.slice();
}
