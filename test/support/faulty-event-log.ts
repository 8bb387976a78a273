import {
  AppendFailedError,
  AppendOutcomeUnknownError,
  type EventLog,
  type LogBatch,
  type LogGauges,
  type TrackHead,
} from '../../src/event-log/event-log.js';

/** What becomes of one append: refused, or its answer lost, with the batch kept or not. */
type Fault = 'refused' | 'kept in doubt' | 'not kept in doubt';

/** A real event log whose storage fails when a test says so. It breaks no promise of the port: it only uses all of them. */
export class FaultyEventLog implements EventLog {
  /** Batches that are in the log, in order. */
  readonly kept: LogBatch[] = [];
  /** Appends asked for, whatever became of them. */
  attempts = 0;
  /** Heads asked for. */
  headsAsked = 0;
  #faults: Fault[] = [];
  #headFaults = 0;
  #broken = false;
  #gate: Promise<void> | null = null;

  constructor(private readonly real: EventLog) {}

  /** The next appends are refused as by a full disk. */
  refuseNext(times = 1): void {
    for (let time = 0; time < times; time += 1) this.#faults.push('refused');
  }

  /** The answer to the next append is lost. */
  loseNextAnswer(batch: 'kept' | 'not kept'): void {
    this.#faults.push(`${batch} in doubt`);
  }

  /** The next questions for a head fail. */
  failHeads(times: number): void {
    this.#headFaults = times;
  }

  /** Nothing works until `repair`. */
  breakDown(): void {
    this.#broken = true;
  }

  repair(): void {
    this.#broken = false;
    this.#headFaults = 0;
    this.#faults = [];
  }

  /** Appends hang from now on. @returns what lets them go on. */
  hang(): () => void {
    let release = (): void => undefined;
    this.#gate = new Promise((resolve) => {
      release = () => {
        this.#gate = null;
        resolve();
      };
    });
    return release;
  }

  async append(batch: LogBatch): Promise<void> {
    this.attempts += 1;
    if (this.#gate !== null) await this.#gate;
    const fault = this.#broken ? 'refused' : this.#faults.shift();
    if (fault === 'refused') throw new AppendFailedError('the disk is full');
    if (fault === 'not kept in doubt') throw new AppendOutcomeUnknownError('the answer was lost');
    await this.real.append(batch);
    this.kept.push(batch);
    if (fault === 'kept in doubt') throw new AppendOutcomeUnknownError('the answer was lost');
  }

  async head(track: string): Promise<TrackHead | null> {
    this.headsAsked += 1;
    if (this.#broken || this.#headFaults > 0) {
      this.#headFaults -= 1;
      throw new Error('the disk cannot be read');
    }
    return this.real.head(track);
  }

  openHeads(): Promise<TrackHead[]> {
    return this.real.openHeads();
  }

  gauges(): Promise<LogGauges> {
    return this.real.gauges();
  }

  moveNamesOut(): Promise<boolean> {
    return this.real.moveNamesOut();
  }

  close(): Promise<void> {
    return this.real.close();
  }
}
