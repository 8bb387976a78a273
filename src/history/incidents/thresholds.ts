/** From when on a moment is worth a look. Every number may be given as a flag; docs/incidents.md explains each rule. */
export interface IncidentThresholds {
  /** Time in which failures, or joins, count as one happening, milliseconds. */
  readonly windowMs: number;
  /** Peers that failed, or lost their feed because of it, within one window: at least so many ... */
  readonly failedPeersMin: number;
  /** ... and at least this share of the audience, percent. */
  readonly failedPercentageMin: number;
  /** Peers that wait for a slot at the same time: at least so many ... */
  readonly waitingPeersMin: number;
  /** ... and at least this share of the audience, percent ... */
  readonly waitingPercentageMin: number;
  /** ... for at least so long, milliseconds. */
  readonly waitingMsMin: number;
  /** Time in which the service could hear nobody: at least so long, milliseconds. */
  readonly gapMsMin: number;
  /** Joins within one window: at least so many ... */
  readonly crowdJoinsMin: number;
  /** ... and at least this share of the audience that was there before, percent. */
  readonly crowdPercentageMin: number;
  /** Returns of one peer within `flapWindowMs`: at least so many. */
  readonly flapsMin: number;
  readonly flapWindowMs: number;
}

export const INCIDENT_THRESHOLDS: IncidentThresholds = {
  windowMs: 10_000,
  failedPeersMin: 10,
  failedPercentageMin: 10,
  waitingPeersMin: 10,
  waitingPercentageMin: 5,
  waitingMsMin: 30_000,
  gapMsMin: 0,
  crowdJoinsMin: 200,
  crowdPercentageMin: 50,
  flapsMin: 5,
  flapWindowMs: 60_000,
};

/** A crowd is one that comes on top of an audience: the beginning of a stream is none. */
export const CROWD_AUDIENCE_MIN = 50;
/** Peers that an incident names; the rest is counted. */
export const INCIDENT_PEERS_NAMED_MAX = 20;
/** Incidents that an answer lists; the rest is counted. */
export const INCIDENTS_LISTED_MAX = 1_000;
/** Failures so long after the service was away are told as its consequence, milliseconds: the longest recovery window and a timeout. */
export const AFTERMATH_MS = 150_000;
