import type { Clock } from '../clock.js';
import type { Outcome, Rejection } from '../domain/commands.js';
import type { EventLog } from '../event-log/event-log.js';
import type { TopologyWriter } from '../topology/topology-writer.js';
import { EMPTY_WAL_ATTEMPTS_MAX, EMPTY_WAL_RETRY_MS } from './log-keeper.js';
import { type MaintenanceAnswer, type MaintenanceRequest, RequestBox } from './request-box.js';

/** How often the service looks into its box, milliseconds. */
const LOOK_EVERY_MS = 500;
/** Commands of one request that are on their way at once. */
const COMMANDS_AT_ONCE = 256;

export interface RequestServerParts {
  readonly dataDir: string;
  readonly clock: Clock;
  readonly writer: TopologyWriter;
  readonly log: EventLog;
  readonly onDone?: (request: MaintenanceRequest, answer: MaintenanceAnswer) => void;
}

/** Carries out, inside the service, what operators ask of it through the box of its data directory: one request after the other. */
export class RequestServer {
  readonly #box: RequestBox;
  #cancel: (() => void) | null = null;
  #isStopped = false;

  constructor(private readonly parts: RequestServerParts) {
    this.#box = new RequestBox(parts.dataDir);
  }

  start(): void {
    this.#box.empty();
    this.#schedule();
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancel?.();
  }

  #schedule(): void {
    if (this.#isStopped) return;
    this.#cancel = this.parts.clock.after(LOOK_EVERY_MS, () => {
      void this.#look().finally(() => {
        this.#schedule();
      });
    });
  }

  async #look(): Promise<void> {
    for (const name of this.#waiting()) {
      let answer: MaintenanceAnswer;
      try {
        const request = this.#box.take(name);
        answer = await this.#carryOut(request);
        this.parts.onDone?.(request, answer);
      } catch (error) {
        answer = { ok: false, reason: error instanceof Error ? error.message : String(error) };
      }
      this.#box.answer(name, answer);
    }
  }

  /** A directory that cannot be read is the writer's trouble, and reported by it. */
  #waiting(): string[] {
    try {
      return this.#box.waiting();
    } catch {
      return [];
    }
  }

  async #carryOut(request: MaintenanceRequest): Promise<MaintenanceAnswer> {
    const { writer } = this.parts;
    if (request.kind === 'retain') {
      return inTurns(request.cuts, ({ track, throughPosition, chainHash, stateHash }) =>
        writer.submit(track, { type: 'RecordRetention', throughPosition, chainHash, stateHash }),
      );
    }
    const recorded = await inTurns(request.peers, ({ track, peer }) => writer.submit(track, { type: 'Forget', peer }));
    return recorded.ok ? this.#moveNamesOut() : recorded;
  }

  async #moveNamesOut(): Promise<MaintenanceAnswer> {
    for (let attempt = 0; attempt < EMPTY_WAL_ATTEMPTS_MAX; attempt += 1) {
      if (await this.parts.log.moveNamesOut()) return { ok: true };
      await new Promise<void>((resolve) => this.parts.clock.after(EMPTY_WAL_RETRY_MS, resolve));
    }
    return { ok: false, reason: 'a reader kept the write-ahead log from being emptied; try again' };
  }
}

async function inTurns<Item>(
  items: readonly Item[],
  submit: (item: Item) => Promise<Outcome>,
): Promise<MaintenanceAnswer> {
  for (let from = 0; from < items.length; from += COMMANDS_AT_ONCE) {
    const outcomes = await Promise.all(items.slice(from, from + COMMANDS_AT_ONCE).map(submit));
    const refused = outcomes.find((outcome): outcome is Rejection => !outcome.ok);
    if (refused !== undefined) return { ok: false, reason: `${refused.code}: ${refused.reason}` };
  }
  return { ok: true };
}
