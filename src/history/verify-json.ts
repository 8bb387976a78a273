import type { LogFault } from '../event-log/verify-log-file.js';
import type { Choice } from '../domain/decision-trace.js';
import { eventJson, type EventJson } from './event-json.js';
import { choiceJson, type ChoiceJson } from './explain-json.js';
import type { PeerNaming } from './peer-names.js';
import type { RedecideDifference, RedecideVerdict } from './redecide-track.js';
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
  /** What is wrong between the tracks, and so in none of them: a track that lost its head, a commit that is missing. */
  log_faults: { file: string; fault: string }[];
  /** By order of track; null when every track is sound. */
  first_fault: { track: string; position: number; fault: string } | null;
}

/** Verdicts in the public form, in the order given. */
export function verifyJson(verdicts: readonly TrackVerdict[], logFaults: readonly LogFault[]): VerifyJson {
  const faulty = verdicts.find((verdict) => verdict.fault !== null);
  return {
    ok: faulty === undefined && logFaults.length === 0,
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
    log_faults: logFaults.map(({ file, fault }) => ({ file, fault })),
    first_fault: faulty?.fault ? { track: faulty.track, ...faulty.fault } : null,
  };
}

/** What `verify --redecide` adds for one track. */
export interface RedecideJson {
  track: string;
  commands: number;
  decisions: number;
  /** The first decision that came out differently; null when none did. */
  difference: DifferenceJson | null;
  /** That one and those behind it, of each command the first; no more than `DIFFERENCES_MAX`. */
  differences: DifferenceJson[];
  unavailable: { code: 'policy_version_unavailable'; position: number; policy: string; policy_version: number }[];
}

/** One place where the log and its policy part. */
export interface DifferenceJson {
  position: number;
  recorded: EventJson | null;
  redecided: EventJson | null;
  /** Why the policy decides what it decides there; null where it decides nothing, or where a fact differs. */
  explanation: ChoiceJson | null;
}

/** A re-decision in the public form. @param choiceOf what the policy looked at where the log differs from it. */
export function redecideJson(
  track: string,
  verdict: RedecideVerdict,
  naming: PeerNaming,
  choiceOf: (difference: RedecideDifference) => Choice | null,
): RedecideJson {
  const { commands, decisions, unavailable } = verdict;
  const json = (event: Parameters<typeof eventJson>[1] | null): EventJson | null =>
    event === null ? null : eventJson(track, event, naming);
  const differences = verdict.differences.map((difference): DifferenceJson => {
    const { position, recorded, redecided } = difference;
    const isDecision = redecided !== null && 'causedBy' in redecided;
    const explanation = isDecision ? choiceJson(redecided, choiceOf(difference), naming) : null;
    return { position, recorded: json(recorded), redecided: json(redecided), explanation };
  });
  return {
    track,
    commands,
    decisions,
    difference: differences[0] ?? null,
    differences,
    unavailable: unavailable.map(({ code, position, policy, policyVersion }) => ({
      code,
      position,
      policy,
      policy_version: policyVersion,
    })),
  };
}
