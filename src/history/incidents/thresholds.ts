/** From when on a moment is worth a look. Every number may be given as a flag; docs/incidents.md explains each rule. */
export interface IncidentThresholds {
  /** Time in which departures count as one happening, milliseconds. */
  readonly windowMs: number;
  /** Departures within one window: at least so many, in an audience of any size ... */
  readonly departedPeersMin: number;
  /** ... or at least this share of the audience, percent ... */
  readonly departedPercentageMin: number;
  /** ... when they are at least so many: in a small audience one viewer is a large share. */
  readonly departedShareFloor: number;
  /** Peers that lose their feed at once: at least so many. */
  readonly interruptedPeersMin: number;
  /** Time that counts as at once, milliseconds. */
  readonly atOnceMs: number;
  /** Fall of the offload within `offloadWindowMs`, in percentage points: at least so much ... */
  readonly offloadPointsMin: number;
  readonly offloadWindowMs: number;
  /** ... from an audience of at least so many: one viewer more or less moves the figure of a small one. */
  readonly offloadAudienceMin: number;
  /** A peer that is in the track and not fed for longer than this, milliseconds ... */
  readonly waitingMs: number;
  /** ... when at least so many are, at the same time. */
  readonly waitingPeersMin: number;
  /** Assignments of one peer after its first, within `reassignmentWindowMs`: at least so many. */
  readonly reassignmentsMin: number;
  readonly reassignmentWindowMs: number;
  /** Time in which the service could hear nobody: at least so long, milliseconds. */
  readonly gapMsMin: number;
}

export const INCIDENT_THRESHOLDS: IncidentThresholds = {
  windowMs: 10_000,
  departedPeersMin: 20,
  departedPercentageMin: 5,
  departedShareFloor: 3,
  interruptedPeersMin: 20,
  atOnceMs: 1_000,
  offloadPointsMin: 5,
  offloadWindowMs: 60_000,
  offloadAudienceMin: 20,
  waitingMs: 10_000,
  waitingPeersMin: 1,
  reassignmentsMin: 5,
  reassignmentWindowMs: 60_000,
  gapMsMin: 0,
};

/** Peers that each list of an incident names; the rest is counted. */
export const INCIDENT_PEERS_NAMED_MAX = 100;
/** Incidents that an answer lists; the rest is counted. */
export const INCIDENTS_LISTED_MAX = 1_000;
/** Facts that the cause chain of an incident lists, and decisions of each; the rest is counted. */
export const CHAIN_FACTS_MAX = 10;
export const CHAIN_DECISIONS_MAX = 5;
/** Positions behind a fact that are searched for its decisions. */
export const CHAIN_POSITIONS_MAX = 4_096;
/** Doubts about one peer that are remembered until it is found to forward nothing, and for how long, milliseconds. */
export const DOUBTS_REMEMBERED_MAX = 8;
export const DOUBTS_REMEMBERED_MS = 60_000;
/** Departures so long after the service was away are told as perhaps its consequence, milliseconds: the longest recovery window and a timeout. */
export const AFTERMATH_MS = 150_000;
