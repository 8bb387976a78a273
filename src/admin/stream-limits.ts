/** Bounds of the event stream. */

/** Pages of recent events that all readers share; who is further behind reads the log. */
export const RECENT_PAGES_MAX = 256;
/** Characters of event JSON in those pages. */
export const RECENT_CHARACTERS_MAX = 4_000_000;
/** Pause between two looks at the log while commits come in, so that a look finds more than one; milliseconds. */
export const FEED_PAUSE_MS = 10;
/** A reader that has heard nothing for so long gets a comment, which also moves its last event id; milliseconds. */
export const KEEP_ALIVE_MS = 15_000;
/** A reader whose connection takes nothing for so long is dropped, milliseconds. */
export const SLOW_READER_MS = 10_000;
/** How often readers are looked after, milliseconds. */
export const READERS_TICK_MS = 1_000;
/** How long a reader that is told of its end has to read that, milliseconds. */
export const END_GRACE_MS = 2_000;
/** What a browser is asked to wait before it comes back, milliseconds. */
export const RETRY_MS = 1_000;
/** Tracks a reader may name. */
export const STREAM_TRACKS_MAX = 100;
