import { emitKeypressEvents } from 'node:readline';
import { Command, InvalidArgumentError } from 'commander';
import { systemClock } from '../clock.js';
import { findIncidents } from '../history/incidents.js';
import type { MomentRange } from '../history/moment.js';
import { PeerNames } from '../history/peer-names.js';
import { Replay, type ReplayStep } from '../history/replay.js';
import { replayStepJson } from '../history/replay-json.js';
import type { SqliteEventLogReader } from '../event-log/sqlite-event-log-reader.js';
import { type Ink, inkForStdout } from './ink.js';
import { knownTrack, readingLog, type TrackOptions, withTrackOptions } from './log-options.js';
import { printLines } from './print-lines.js';
import { ProgressLine } from './progress-line.js';
import { parseRange, type RangeOptions, rangeOf, withRangeOptions } from './range-options.js';
import { drawFrame, type Shown } from './replay/draw-frame.js';
import { drawChanges, drawStep } from './replay/draw-step.js';
import { Screen, type Terminal } from './replay/screen.js';
import { actionOf, STEP_HELP, type StepAction } from './replay/step-keys.js';
import { Stepper } from './replay/stepper.js';

/** On a terminal, unless `--speed` says otherwise. */
const SPEED_DEFAULT = 10;
/** Nobody watches a quiet hour: longer pauses are cut to this, milliseconds. */
const PAUSE_MS_MAX = 2_000;
/** Of a terminal that does not say how many it has. */
const ROWS_DEFAULT = 24;
/** Pauses shorter than this are not worth a timer. */
const PAUSE_MS_MIN = 5;

interface ReplayOptions extends TrackOptions, RangeOptions {
  speed?: number;
  step?: true;
}

/** `meshledger replay`: the log played again, with the changes it makes to the tree. */
export function replayCommand(): Command {
  return withRangeOptions(withTrackOptions(new Command('replay'), 'print NDJSON, one step a line'))
    .description('play the log of a track again, with the changes it makes to the tree')
    .option(
      '--speed <factor>',
      `times as fast as it was (on a terminal ${String(SPEED_DEFAULT)}, else without pauses)`,
      parseSpeed,
    )
    .option('--step', 'go by keys, one event at a time')
    .addHelpText(
      'after',
      `\nOn a terminal the tree is drawn, and of it only the part that changes; elsewhere each step is some lines of text. A pause is never longer than ${String(PAUSE_MS_MAX / 1_000)} s.\nKeys of --step: ${STEP_HELP}.`,
    )
    .action((options: ReplayOptions) => {
      const ends = parseRange(options);
      return readingLog(options.dataDir, (reader) => {
        const range = rangeOf(reader, knownTrack(reader, options.track), ends);
        return new Player(reader, range, options).run();
      });
    });
}

function parseSpeed(text: string): number {
  const speed = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || !(speed > 0) || speed > 1_000_000)
    throw new InvalidArgumentError('Allowed is a number above 0, up to 1000000.');
  return speed;
}

/** Shows a replay in the way the options and the terminal ask for. */
class Player {
  readonly #replay: Replay;
  readonly #naming: PeerNames;
  readonly #ink: Ink = inkForStdout();
  readonly #screen: Screen | null;
  readonly #interrupted = new AbortController();

  constructor(
    private readonly reader: SqliteEventLogReader,
    private readonly range: MomentRange,
    private readonly options: ReplayOptions,
  ) {
    const progress = new ProgressLine();
    const { track } = options;
    const positions = { afterPosition: range.from.position, untilPosition: range.to.position };
    this.#replay = new Replay(reader, track, positions, progress.of('folding'));
    progress.clear();
    this.#naming = new PeerNames(reader, track);
    this.#screen = process.stdout.isTTY && options.json !== true ? new Screen(stdoutTerminal()) : null;
  }

  async run(): Promise<void> {
    const stop = (): void => this.#interrupted.abort();
    process.once('SIGINT', stop).once('SIGTERM', stop);
    try {
      await (this.options.step === true ? this.#byKeys() : this.#bySpeed());
    } finally {
      process.off('SIGINT', stop).off('SIGTERM', stop);
      this.#screen?.close();
    }
  }

  async #bySpeed(): Promise<void> {
    const speed = this.options.speed ?? (this.#screen === null ? null : SPEED_DEFAULT);
    if (speed === null) return printLines(this.#allLines());
    let playedMs: number | null = null;
    for (let step = this.#replay.forward(); step !== null; step = this.#replay.forward()) {
      const { recordedAt } = step.event;
      if (playedMs !== null) await this.#pause((recordedAt - playedMs) / speed);
      if (this.#interrupted.signal.aborted) return;
      playedMs = recordedAt;
      await this.#show({ step, changes: step.changes }, `${String(speed)} times as fast; Ctrl-C ends it`);
    }
  }

  *#allLines(): IterableIterator<string> {
    for (let step = this.#replay.forward(); step !== null; step = this.#replay.forward()) yield* this.#linesOf(step);
  }

  async #byKeys(): Promise<void> {
    const { from, to } = this.range;
    const stepper = new Stepper(this.#replay, () =>
      findIncidents(this.reader, this.options.track, { from, to }).map(({ firstPosition }) => firstPosition),
    );
    if (this.#screen !== null) await this.#show({ step: null, changes: [] }, STEP_HELP);
    for await (const action of keyActions(this.#interrupted.signal)) {
      if (action.do === 'quit') return;
      const shown = stepper.act(action);
      if (shown !== null) await this.#show(shown, STEP_HELP);
    }
  }

  async #show(shown: Shown, help: string): Promise<void> {
    if (this.#screen === null) {
      const lines = shown.step === null ? this.#linesBack(shown) : this.#linesOf(shown.step);
      return printLines(lines);
    }
    this.#screen.paint(drawFrame(this.#replay, shown, help, rowsOfStdout(), this.#naming, this.#ink));
  }

  *#linesOf(step: ReplayStep): IterableIterator<string> {
    this.#naming.learn(step.event);
    if (this.options.json) yield JSON.stringify(replayStepJson(this.options.track, step, this.#naming));
    else yield* drawStep(step, this.#naming, this.#ink);
  }

  *#linesBack({ changes }: Shown): IterableIterator<string> {
    if (this.options.json) {
      yield JSON.stringify({ track: this.options.track, back_to: this.#replay.position });
      return;
    }
    yield `back to position ${String(this.#replay.position)}`;
    yield* drawChanges(changes, this.#naming);
  }

  #pause(ms: number): Promise<void> {
    const pauseMs = Math.min(ms, PAUSE_MS_MAX);
    const { signal } = this.#interrupted;
    if (pauseMs < PAUSE_MS_MIN || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const cancel = systemClock.after(pauseMs, () => {
        signal.removeEventListener('abort', cut);
        resolve();
      });
      const cut = (): void => {
        cancel();
        resolve();
      };
      signal.addEventListener('abort', cut, { once: true });
    });
  }
}

/** A terminal may change its size, or not know it. */
function rowsOfStdout(): number {
  return process.stdout.rows > 0 ? process.stdout.rows : ROWS_DEFAULT;
}

function stdoutTerminal(): Terminal {
  return {
    get rows() {
      return rowsOfStdout();
    },
    write: (text) => process.stdout.write(text),
  };
}

/** The actions of the keys that are pressed, or that come through a pipe, until it ends. */
async function* keyActions(interrupted: AbortSignal): AsyncGenerator<StepAction> {
  const { stdin } = process;
  const pending: StepAction[] = [];
  let wake: () => void = () => undefined;
  const input = { ended: false };
  const end = (): void => {
    input.ended = true;
    wake();
  };
  const pressed = (_: string | undefined, key: { name?: string; ctrl?: boolean }): void => {
    const action = actionOf(key);
    if (action !== null) pending.push(action);
    wake();
  };
  emitKeypressEvents(stdin);
  if (stdin.isTTY) stdin.setRawMode(true);
  stdin.on('keypress', pressed).on('end', end);
  interrupted.addEventListener('abort', end);
  stdin.resume();
  try {
    for (;;) {
      const next = pending.shift();
      if (next !== undefined) yield next;
      else if (input.ended) return;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    if (stdin.isTTY) stdin.setRawMode(false);
    stdin.off('keypress', pressed).off('end', end).pause();
  }
}
