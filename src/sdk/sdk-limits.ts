/** Every bound and every period of the browser client. Milliseconds and bytes. */

/** Largest frame that is taken in or sent on; a larger one is refused, never cut. */
export const FRAME_BYTES_MAX = 8_388_608;
/** Greatest object_id: exact as a number. */
export const OBJECT_ID_MAX = Number.MAX_SAFE_INTEGER;
/** One DataChannel message when the browser does not say how much it takes, and at most. */
export const MESSAGE_BYTES_FALLBACK = 65_536;
export const MESSAGE_BYTES_MAX = 262_144;
/** Frames kept for children that come late or read slowly. */
export const RECENT_FRAMES_MAX = 512;
export const RECENT_BYTES_MAX = 8_388_608;
/** No further frame is handed to a child's channel while so much waits in it; sending goes on when it has sunk to the low mark. */
export const CHANNEL_HIGH_BYTES = 524_288;
export const CHANNEL_LOW_BYTES = 131_072;
/** Connections to children at once, also those that linger; what the service allows is far below. */
export const CHILD_LINKS_MAX = 256;
/** Candidates that may wait for the description they belong to. */
export const WAITING_CANDIDATES_MAX = 64;

/** A parent without media to send gives a sign of life so often. */
export const KEEPALIVE_MS = 150;
/** How often links are looked at. */
export const LOOK_MS = 75;
/** A parent that was heard regularly is taken for silent after this long at the least, and at the most. */
export const SILENT_MS_MIN = 450;
export const SILENT_MS_MAX = 2_000;
/** Silence that many times as long as the longest recent pause is no accident. */
export const SILENT_PAUSES = 3;
/** A connection that is not open by then is given up and tried anew. */
export const DIAL_MS_MAX = 5_000;
/** A former parent goes on feeding a child so long, unless the child hangs up before. */
export const LINGER_MS = 3_000;
/** Without media for so long, a child complains, and again each time it has lasted as long. */
export const STALL_MS = 2_000;
/**
 * A leaf waits so long at most before it complains of the next parent, when those before brought nothing. The service counts a complaint
 * for ten seconds: with more patience than that, somebody who comes anew would complain alone, and of one alone nothing follows.
 */
export const STALL_MS_MAX = 8_000;
/** Forward reports: so often when the numbers have changed, at the latest after the second. */
export const REPORT_MS = 1_000;
export const REPORT_MS_MAX = 5_000;
/** A request that is not acknowledged by then has failed. */
export const ANSWER_MS_MAX = 10_000;
/** First and longest wait before the service is asked again. */
export const RECONNECT_MS_MIN = 500;
export const RECONNECT_MS_MAX = 15_000;
/** The same for a parent that cannot be reached. */
export const REDIAL_MS_MIN = 250;
export const REDIAL_MS_MAX = 4_000;
/** Random bytes of a resume token, of a peer_id, and of a numbering. */
export const TOKEN_BYTES = 32;
export const NAME_BYTES = 12;
