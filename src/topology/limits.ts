/** Commands and pulses that may wait for the writer; one more is answered `busy`. */
export const QUEUE_MAX = 100_000;
/** Commands decided in one batch. More would make the others wait for this batch's commit. */
export const BATCH_COMMANDS_MAX = 2_000;
/**
 * Decisions that have taken so long are made durable; what has not been decided follows in the next batch. The event loop is free of
 * synchronous work beyond 20 ms, and whoever is told of a batch needs a share of these. Milliseconds.
 */
export const DECIDING_MS_MAX = 8;
/** Durable pulses that are answered in one turn of the event loop, at least: a millisecond or two of writing to sockets. */
export const PULSE_ANSWERS_PER_TURN_MIN = 32;
/** Of many durable pulses at least one of so many is answered in one turn. */
export const PULSE_ANSWERS_TURNS = 16;
/** And in a turn that took part of this time, the same part of them: where turns are long, few of them must do. Milliseconds. */
export const PULSES_ANSWERED_WITHIN_MS = 100;
/** Overdue peers of one track timed out in one batch, at most; the rest follow in the next. */
export const EXPIRED_PER_BATCH_MAX = 256;
/** What the monitors may find in one track in one batch, of each kind; the rest follows with the next tick. */
export const FINDINGS_PER_BATCH_MAX = 64;
/** How long a complaint waits for others, and for complaints of those above, before it is judged. Milliseconds. */
export const STALL_GRACE_MS = 200;
/** How often the ticker looks for what is due, milliseconds. */
export const TICK_MS = 250;
/** A loop that was away this long could not hear anybody: recorded, and deadlines restart. Milliseconds. */
export const STALL_RECORDED_MS = 1_000;
/** A wall clock that runs ahead of service time by more than this means that the machine slept. Milliseconds. */
export const SLEEP_RECORDED_MS = 2_000;
/** An open track without peers is closed after this long, milliseconds. */
export const EMPTY_TRACK_CLOSED_AFTER_MS = 600_000;
/** Waits between attempts to use a storage that failed, first and longest, milliseconds. */
export const STORAGE_RETRY_MS_MIN = 1_000;
export const STORAGE_RETRY_MS_MAX = 10_000;
/** How often the heads of changed tracks are logged, so that a copy of them exists elsewhere. Milliseconds. */
export const HEADS_LOGGED_EVERY_MS = 60_000;
/** Heads in one log line. */
export const HEADS_PER_LINE_MAX = 100;
/** What it takes to check and fold one stored event at a start, and to write down or build up one peer of a snapshot. Microseconds, measured. */
export const TOPOLOGY_REPLAY_US = 8;
export const PULSE_REPLAY_US = 0.3;
export const PEER_SNAPSHOT_US = 2;
/** A snapshot of a track is due when the replay of what is behind its last one would take so long. Milliseconds. */
export const SNAPSHOT_TAIL_MS = 20;
/**
 * One track rests for so long between two snapshots for its own tail. To take one costs about as much as the tail it is for, so a track
 * in which thousands register each second would have the thread at work all the time. Milliseconds.
 */
export const SNAPSHOT_REST_MS = 1_000;
/** What the replay of all tracks together may cost before the costliest is taken all the same: what a start after a kill may take for it. Milliseconds. */
export const SNAPSHOT_TAILS_MS = 500;
/** How often, at most, the tails of all tracks are looked at together. Milliseconds. */
export const SNAPSHOT_LOOK_MS = 1_000;
/** A tail that costs less is not worth a file. Milliseconds. */
export const SNAPSHOT_WORTH_MS = 1;
/** How long after a snapshot that could not be taken the next one is tried. Milliseconds. */
export const SNAPSHOT_RETRY_MS = 60_000;
/** How long a stop may take for snapshots. Milliseconds. */
export const SNAPSHOTS_AT_STOP_MS_MAX = 5_000;
