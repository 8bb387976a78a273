import type { Acknowledged, AcknowledgedPositions, Move } from './acknowledged-positions.js';
import { LOG_READ_SLACK_EVENTS } from './audience-settings.js';
import { type LogSource, LogShapeError, LogUnreadableError, readLog } from './log-reader.js';
import { LogWitness } from './log-witness.js';
import type { Violations } from './violations.js';

/** How the acknowledged positions compare with the log. */
export type PositionFigures = {
  acknowledged: number;
  /** Looked up in the log; fewer than were acknowledged when a sample was kept or the log could not be read. */
  checked: number;
  missing: number;
  wrong: number;
  moves_checked: number;
  moves_unexplained: number;
  events_read: number;
};

/**
 * Reads the log once, in order, and compares it with all that was acknowledged. Every difference is reported as a
 * violation. `read` hears how many events were read so far.
 */
export async function checkPositions(
  source: LogSource,
  acknowledged: AcknowledgedPositions,
  violations: Violations,
  read: (events: number) => void,
): Promise<PositionFigures> {
  const check = new PositionCheck(acknowledged, violations);
  try {
    await check.run(source, read);
  } catch (error) {
    if (error instanceof LogShapeError) violations.report('log_shape', null, error.message);
    else if (error instanceof LogUnreadableError) violations.report('log_unreadable', null, unreadable(error));
    else throw error;
  }
  return check.figures;
}

function unreadable({ message, status }: LogUnreadableError): string {
  const hint = status === 401 || status === 403 ? '; give --admin-token' : '';
  return `the log cannot be read, so nothing is known of the acknowledged positions: ${message}${hint}`;
}

class PositionCheck {
  readonly figures: PositionFigures;
  readonly #witness = new LogWitness();
  readonly #acknowledgements: Iterator<Acknowledged>;
  readonly #moves: Iterator<Move>;
  #nextAcknowledged: Acknowledged | null;
  #nextMove: Move | null;

  constructor(
    private readonly acknowledged: AcknowledgedPositions,
    private readonly violations: Violations,
  ) {
    this.#acknowledgements = acknowledged.inOrder();
    this.#moves = [...acknowledged.moves].sort((a, b) => a.position - b.position).values();
    this.#nextAcknowledged = next(this.#acknowledgements);
    this.#nextMove = next(this.#moves);
    this.figures = {
      acknowledged: acknowledged.seen,
      checked: 0,
      missing: 0,
      wrong: 0,
      moves_checked: 0,
      moves_unexplained: 0,
      events_read: 0,
    };
  }

  async run(source: LogSource, read: (events: number) => void): Promise<void> {
    const after = Math.max(0, (this.acknowledged.firstPosition ?? 0) - LOG_READ_SLACK_EVENTS - 1);
    let lastPosition: number | null = null;
    if (this.#isDone()) return;
    for await (const event of readLog(source, after)) {
      this.figures.events_read += 1;
      if (lastPosition !== null && event.position !== lastPosition + 1) {
        const detail = `position ${String(event.position)} follows position ${String(lastPosition)}`;
        this.violations.report('log_position_gap', null, detail);
      }
      lastPosition = event.position;
      this.#judgeUpTo(event.position - 1);
      this.#witness.hear(event);
      this.#judgeUpTo(event.position);
      if (this.#isDone()) return;
      read(this.figures.events_read);
    }
    this.#judgeUpTo(Infinity);
  }

  #isDone(): boolean {
    return this.#nextAcknowledged === null && this.#nextMove === null;
  }

  #judgeUpTo(position: number): void {
    while (this.#nextAcknowledged !== null && this.#nextAcknowledged.position <= position) {
      this.#judge(this.#nextAcknowledged);
      this.#nextAcknowledged = next(this.#acknowledgements);
    }
    while (this.#nextMove !== null && this.#nextMove.position <= position) {
      this.#judgeMove(this.#nextMove);
      this.#nextMove = next(this.#moves);
    }
  }

  #judge(acknowledged: Acknowledged): void {
    this.figures.checked += 1;
    const fault = this.#witness.faultOf(acknowledged);
    if (fault === null) return;
    const isMissing = acknowledged.position !== this.#witness.position;
    this.figures[isMissing ? 'missing' : 'wrong'] += 1;
    const rule = isMissing ? 'acknowledged_position_missing' : 'acknowledged_position_wrong';
    this.violations.report(rule, acknowledged.peerId, `${acknowledged.kind}: ${fault}`);
  }

  #judgeMove(move: Move): void {
    this.figures.moves_checked += 1;
    const fault = this.#witness.faultOfMove(move);
    if (fault === null) return;
    this.figures.moves_unexplained += 1;
    this.violations.report('moved_without_decision', move.peerId, fault);
  }
}

function next<Item>(items: Iterator<Item>): Item | null {
  const result = items.next();
  return result.done === true ? null : result.value;
}
