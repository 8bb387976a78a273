/** Commands and pulses that may wait for the writer; one more is answered `busy`. */
export const QUEUE_MAX = 100_000;
/** Commands decided in one batch. More would make the others wait for this batch's commit. */
export const BATCH_COMMANDS_MAX = 2_000;
/** Overdue peers of one track timed out in one batch; the rest follow in the next. */
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
