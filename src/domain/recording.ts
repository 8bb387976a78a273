import type { RecordedTopologyEvent } from './events.js';
import { evolve } from './evolve.js';
import type { Position } from './ids.js';
import type { RelayTree } from './relay-tree.js';

/** Takes each event of a decision, already applied to the tree, in order. */
export type Emit = (event: RecordedTopologyEvent) => void;

/** The events of one command: each is applied to the tree at once, and handed on. */
export class Recording {
  /** @param nowMs epoch milliseconds; `recordedAt` of every event. */
  constructor(
    readonly tree: RelayTree,
    readonly nowMs: number,
    private readonly emit: Emit,
  ) {}

  /** Where the next event stands. */
  get next(): Position {
    return this.tree.position + 1;
  }

  /** @param event at `next`, and at `nowMs`. */
  record(event: RecordedTopologyEvent): void {
    evolve(this.tree, event);
    this.emit(event);
  }
}
