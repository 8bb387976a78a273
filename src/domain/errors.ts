import type { Position } from './ids.js';

/**
 * The log says something that cannot have happened. The track it concerns stops; the fault is
 * named and never skipped, because every later answer about this track would be a guess.
 */
export class CorruptLogError extends Error {
  override readonly name = 'CorruptLogError';

  constructor(
    /** Position of the first event that cannot be right. */
    readonly position: Position,
    readonly fault: string,
    /** Filled in by whoever knows which track is being read. */
    readonly track: string | null = null,
  ) {
    super(`${track === null ? 'track' : `track ${track}`}, position ${String(position)}: ${fault}`);
  }

  inTrack(track: string): CorruptLogError {
    return this.track === null ? new CorruptLogError(this.position, this.fault, track) : this;
  }
}

/**
 * The log is sound, but its rules name a policy version that this build does not have: the track can be read and replayed, and no
 * decision can be taken in it.
 */
export class PolicyUnavailableError extends CorruptLogError {
  readonly code = 'policy_version_unavailable';

  constructor(position: Position, policy: string, policyVersion: number) {
    super(
      position,
      `policy_version_unavailable: policy ${policy} version ${String(policyVersion)} is not in this build`,
    );
  }

  override inTrack(): this {
    return this;
  }
}
