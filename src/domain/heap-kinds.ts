/** What a heap of peers is for: a peer can stand in one heap of each kind at a time. */
export const HEAP_KINDS = ['queue', 'strained', 'spare'] as const;
export type HeapKind = (typeof HEAP_KINDS)[number];

/** The places of a peer that stands in no heap, one for each kind. Peers share it until they first stand in one. */
export const OUTSIDE_ALL_HEAPS: readonly number[] = HEAP_KINDS.map(() => -1);
