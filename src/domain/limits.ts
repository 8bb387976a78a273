/**
 * Every bound of the domain, in one place. A value outside its bound is refused with a code;
 * a log that holds such a value is damaged.
 */

/** Characters of a peer_id, `[A-Za-z0-9_-]`. */
export const PEER_ID_LENGTH_MAX = 64;
/** Characters of a track name, `[A-Za-z0-9._/-]`. */
export const TRACK_NAME_LENGTH_MAX = 128;
/** A capacity claim travels as an unsigned 32-bit integer on the LVQR wire; it is clamped to the operator's limit afterwards. */
export const CAPACITY_CLAIM_MAX = 2 ** 32 - 1;
/** Highest value an operator may give `max_children`. */
export const CHILDREN_PER_PEER_MAX = 100;
/** Highest value an operator may give `root_peer_count`. */
export const ROOT_PEER_COUNT_MAX = 100_000;
/** Highest value an operator may give `max_depth`; deep enough to mean "no limit" for any real audience. */
export const DEPTH_MAX = 1_000;
/** Highest value an operator may give `peers_per_track_max`. */
export const PEERS_PER_TRACK_MAX = 1_000_000;
/**
 * Waiting peers that one command may place. What is left is placed by the next command or tick,
 * so no single command can occupy the writer for long.
 */
export const REFILLS_PER_COMMAND_MAX = 256;
/** Cumulative frame counters are exact integers. */
export const FRAMES_MAX = Number.MAX_SAFE_INTEGER;
/** Heartbeat timeout of a track in milliseconds, lowest and highest. */
export const HEARTBEAT_TIMEOUT_MS_MIN = 100;
export const HEARTBEAT_TIMEOUT_MS_MAX = 3_600_000;
/** A child that got no media for so long may complain of its parent, milliseconds. */
export const STALL_COUNTED_MS = 2_000;
/** A complaint is too old to count after this long, milliseconds. */
export const COMPLAINT_VALID_MS = 10_000;
/** How long nothing must have come through a fed parent before it is found to forward nothing, milliseconds. */
export const FORWARDING_WINDOW_MS = 5_000;
/** A peer that forwarded nothing serves nobody for this long, times the number of children that complained; milliseconds. */
export const CAPACITY_REVOKED_MS = 600_000;
/** Moves of placed peers one command may cause beyond those that a departure makes necessary. */
export const MOVES_PER_COMMAND_MAX = 256;
/**
 * Decisions after which one command moves nobody else out of the surplus that lowered limits have left. The rest follows tick by
 * tick, so that an operator's change never moves the whole audience at once.
 */
export const SURPLUS_MOVES_PER_COMMAND_MAX = 32;
/** Longest time of tenure an operator may set, milliseconds. */
export const TENURE_MS_MAX = 86_400_000;
