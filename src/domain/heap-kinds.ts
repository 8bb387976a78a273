/** What a heap of peers is for: a peer can stand in one heap of each kind at a time. */
export const HEAP_KINDS = ['queue', 'strained', 'spare'] as const;
export type HeapKind = (typeof HEAP_KINDS)[number];

/**
 * Where a peer is looked for in a heap of each kind until it stands further behind in one: in front. Peers share it till then, and most
 * are never anywhere else: whoever joins is decided before anybody else comes.
 */
export const IN_FRONT_OF_ALL_HEAPS: readonly number[] = HEAP_KINDS.map(() => 0);
