import { asOf } from './as-of.js';
import type { Benchmark } from './benchmark.js';
import { commitOnWorker } from './commit-on-worker.js';
import { durabilityCost } from './durability-cost.js';
import { durableCommands } from './durable-commands.js';
import { emmettAppend } from './emmett-append.js';
import { foldEvents } from './fold-events.js';
import { freshJoins } from './fresh-joins.js';
import { heartbeatBytes } from './heartbeat-bytes.js';
import { heartbeatsAppended } from './heartbeats-appended.js';
import { pastQuestions } from './past-questions.js';
import { peerMemory } from './peer-memory.js';
import { placement } from './placement.js';
import { queriesUnderLoad } from './queries-under-load.js';
import { ready } from './ready.js';
import { registersUnderLoad } from './registers-under-load.js';
import { repair } from './repair.js';
import { replay } from './replay.js';
import { saturation } from './saturation.js';
import { silence } from './silence.js';
import { soak } from './soak.js';
import { swap } from './swap.js';

/** Every benchmark there is, in the order in which they run: the memory first, then the disk, then the sockets. */
export const CATALOGUE: readonly Benchmark[] = [
  placement,
  repair,
  swap,
  foldEvents,
  durableCommands,
  heartbeatsAppended,
  heartbeatBytes,
  replay,
  emmettAppend,
  asOf,
  pastQuestions,
  queriesUnderLoad,
  silence,
  ready,
  commitOnWorker,
  freshJoins,
  durabilityCost,
  registersUnderLoad,
  saturation,
  peerMemory,
  soak,
];

export const ALL_NAMES: readonly string[] = CATALOGUE.flatMap((benchmark) => benchmark.names);

/** What runs when no name is given. */
export const USUAL_NAMES: readonly string[] = CATALOGUE.filter(({ onlyByName }) => onlyByName !== true).flatMap(
  ({ names }) => names,
);

/**
 * The names that `asked` stands for: each is a name or the beginning of some (`placement_us`).
 *
 * @returns null for one that stands for nothing.
 */
export function namesFor(asked: string): string[] | null {
  const names = ALL_NAMES.filter((name) => name === asked || name.startsWith(`${asked}_`));
  return names.length === 0 ? null : names;
}
