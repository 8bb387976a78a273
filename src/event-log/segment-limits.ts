/** When the live segment is left for a new one. */
export interface SegmentLimits {
  /** Bytes of the file, what is still in the WAL included. */
  readonly bytesMax: number;
  /** Milliseconds from its beginning to the newest event in it. */
  readonly ageMsMax: number;
}

/** One segment for good: tests, tools and the simulator don't rotate unless they ask for it. */
export const NO_SEGMENT_LIMITS: SegmentLimits = { bytesMax: Infinity, ageMsMax: Infinity };
