import type { TrackVerdict } from './verify-track.js';

/** The answer of `verify`. */
export interface VerifyJson {
  ok: boolean;
  /** Tracks looked at. */
  track_count: number;
  /** Positions looked at, over all tracks. */
  event_count: number;
  tracks: {
    track: string;
    position: number;
    topology_events: number;
    pulses: number;
    state_hash: string | null;
    fault: { position: number; fault: string } | null;
  }[];
  /** By order of track; null when all is sound. */
  first_fault: { track: string; position: number; fault: string } | null;
}

/** Verdicts in the public form, in the order given. */
export function verifyJson(verdicts: readonly TrackVerdict[]): VerifyJson {
  const faulty = verdicts.find((verdict) => verdict.fault !== null);
  return {
    ok: faulty === undefined,
    track_count: verdicts.length,
    event_count: verdicts.reduce((sum, verdict) => sum + verdict.topologyEvents + verdict.pulses, 0),
    tracks: verdicts.map(({ track, position, topologyEvents, pulses, stateHash, fault }) => ({
      track,
      position,
      topology_events: topologyEvents,
      pulses,
      state_hash: stateHash,
      fault,
    })),
    first_fault: faulty?.fault ? { track: faulty.track, ...faulty.fault } : null,
  };
}
