/** Bounds of what a client may send. A value outside is refused with a code; nothing is cut. */

/** Characters of a peer_id. */
export const PEER_ID_LENGTH_MAX = 64;
/** Characters of a track name. */
export const TRACK_LENGTH_MAX = 128;
/** Highest claim of children a peer can make; the operator's limit is applied afterwards. */
export const CAPACITY_MAX = 2 ** 32 - 1;
export const RESUME_TOKEN_LENGTH_MIN = 22;
export const RESUME_TOKEN_LENGTH_MAX = 128;
/** Cumulative frame counts are exact integers. */
export const FRAMES_MAX = Number.MAX_SAFE_INTEGER;
/** Longest silence a child can report, milliseconds: a day. */
export const SILENT_MS_MAX = 86_400_000;
/** Characters of an SDP: 32 KiB. */
export const SDP_LENGTH_MAX = 32_768;
/** Characters of a candidate line: 4 KiB. */
export const CANDIDATE_LENGTH_MAX = 4_096;
export const SDP_MID_LENGTH_MAX = 256;
export const SDP_LINE_INDEX_MAX = 65_535;
/** RFC 8445: an ice-ufrag has up to 256 characters. */
export const USERNAME_FRAGMENT_LENGTH_MAX = 256;
