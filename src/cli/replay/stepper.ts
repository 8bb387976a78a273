import type { Position } from '../../domain/ids.js';
import type { Replay, ReplayStep } from '../../history/replay.js';
import type { Shown } from './draw-frame.js';
import type { StepAction } from './step-keys.js';

/** Leads a replay by keys. */
export class Stepper {
  #incidents: readonly Position[] | null = null;

  /** @param findIncidents first positions of all incidents of the range, ascending; asked for once, when it is needed. */
  constructor(
    private readonly replay: Replay,
    private readonly findIncidents: () => readonly Position[],
  ) {}

  /** Does what a key asks. @returns what there is to show; null when nothing happened: the replay is at its end, or its beginning. */
  act(action: StepAction): Shown | null {
    switch (action.do) {
      case 'forward':
        return shownOf(this.replay.forward());
      case 'back': {
        const changes = this.replay.back();
        return changes === null ? null : { step: null, changes };
      }
      case 'begin':
        return { step: null, changes: this.replay.rewind() };
      case 'end':
        return this.#until(() => false);
      case 'next':
        return this.#until(({ event }) => action.types.has(event.type));
      case 'incident':
        return this.#nextIncident();
      case 'quit':
        return null;
    }
  }

  #nextIncident(): Shown | null {
    this.#incidents ??= this.findIncidents();
    const next = this.#incidents.find((position) => position > this.replay.position);
    return next === undefined ? null : this.#until(({ event }) => event.position >= next);
  }

  /** Plays until a step is the one, or the end. */
  #until(isTheOne: (step: ReplayStep) => boolean): Shown | null {
    let last: ReplayStep | null = null;
    for (let step = this.replay.forward(); step !== null; step = this.replay.forward()) {
      last = step;
      if (isTheOne(step)) break;
    }
    return shownOf(last);
  }
}

function shownOf(step: ReplayStep | null): Shown | null {
  return step === null ? null : { step, changes: step.changes };
}
