/** Sockets one process is allowed to hold; 5,000 is what it is built for. */
export const AUDIENCE_PEERS_MAX = 20_000;
export const AUDIENCE_SECONDS_DEFAULT = 60;
/** Seven days. */
export const AUDIENCE_SECONDS_MAX = 604_800;
/** Fresh connections started per second. */
export const JOIN_RATE_DEFAULT = 200;
export const JOIN_RATE_MAX = 5_000;
/** A request without an answer for so long, on a session that is open, is unanswered. */
export const ACK_TIMEOUT_MS = 10_000;
/** A service that accepts not one connection for so long after the start cannot be reached. */
export const REACH_TIMEOUT_MS = 10_000;
/** A connection that is neither accepted nor refused for so long is given up. */
export const CONNECT_TIMEOUT_MS = 10_000;
/** Requests one peer may have in flight; a beat beyond that is skipped. */
export const REQUESTS_IN_FLIGHT_MAX = 16;
/** How often a command is sent again after a `busy` or its like, before it is given up. */
export const COMMAND_RETRIES_MAX = 40;
/** The same for what the next beat would send anyway: pulses and signals. */
export const PASSING_RETRIES_MAX = 3;
/** Jittered exponential back-off: anything between 0 and the bound, which doubles with every attempt. */
export const BACKOFF_BASE_MS = 250;
export const BACKOFF_MAX_MS = 5_000;
/** Acknowledged positions kept for the check against the log; beyond that a seeded sample of this size. */
export const ACKNOWLEDGED_MAX = 2_000_000;
/** Changes of parent kept for the check against the log. */
export const MOVES_MAX = 500_000;
/** Events read before the first acknowledged position: a join may be older than the first answer that came back. */
export const LOG_READ_SLACK_EVENTS = 100_000;
/** Violations printed in full; all are counted. */
export const VIOLATIONS_PRINTED_MAX = 20;
/** How often arrivals are started, and how often open requests are looked at. */
export const ARRIVAL_TICK_MS = 50;
export const SWEEP_TICK_MS = 250;
/** A viewer says that no media comes after this long, milliseconds. */
export const STALL_REPORTED_AFTER_MS = 2_000;
export const PROGRESS_TICK_MS = 500;

/** What one audience does. The same seed plans the same viewers; only names and tokens differ from run to run. */
export type AudienceSettings = Readonly<{
  /** Base address of the service, `http://host:port`. */
  url: string;
  track: string;
  /** Peers online at any time, once all have arrived. */
  peers: number;
  /** Whether viewers leave and are replaced by new ones. */
  churn: boolean;
  seconds: number;
  seed: number;
  joinRatePerSecond: number;
  /** For the socket's handshake. */
  token: string | null;
  /** For reading the log afterwards. */
  adminToken: string | null;
  leaveAtEnd: boolean;
  /** Whether acknowledged positions are looked up in the log afterwards. */
  checkLog: boolean;
  ackTimeoutMs: number;
  reachTimeoutMs: number;
}>;
