import { VIOLATIONS_PRINTED_MAX } from './audience-settings.js';

/** The rules of the contract that an audience can see broken. */
export type ViolatedRule =
  | 'answer_shape'
  | 'message_shape'
  | 'assignment_inconsistent'
  | 'position_went_back'
  | 'assignment_position_went_back'
  | 'retry_answered_differently'
  | 'resume_token_changed'
  | 'effective_capacity_above_claim'
  | 'refused_valid_message'
  | 'unanswered'
  | 'signal_misrouted'
  | 'signal_refused'
  | 'superseded_session_stays_open'
  | 'moved_without_decision'
  | 'acknowledged_position_missing'
  | 'acknowledged_position_wrong'
  | 'log_unreadable'
  | 'log_shape'
  | 'log_position_gap';

export type Violation = Readonly<{ rule: ViolatedRule; peer_id: string | null; detail: string }>;

/** Counts every violation and keeps the first few in full. */
export class Violations {
  readonly #counts = new Map<ViolatedRule, number>();
  readonly #first: Violation[] = [];
  #count = 0;

  report(rule: ViolatedRule, peerId: string | null, detail: string): void {
    this.#count += 1;
    this.#counts.set(rule, this.of(rule) + 1);
    if (this.#first.length < VIOLATIONS_PRINTED_MAX) this.#first.push({ rule, peer_id: peerId, detail });
  }

  get count(): number {
    return this.#count;
  }

  of(rule: ViolatedRule): number {
    return this.#counts.get(rule) ?? 0;
  }

  get first(): readonly Violation[] {
    return this.#first;
  }

  byRule(): Record<string, number> {
    return Object.fromEntries(this.#counts);
  }
}
