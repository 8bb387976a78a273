import type { TopologyEventType } from '../../domain/events.js';

/** What a key asks of a replay. */
export type StepAction =
  | Readonly<{ do: 'forward' | 'back' | 'incident' | 'begin' | 'end' | 'quit' }>
  | Readonly<{ do: 'next'; types: ReadonlySet<TopologyEventType> }>;

/** Keys that go to the next event of a kind, and what the help calls it. */
const KINDS: Readonly<Record<string, readonly [says: string, ...types: TopologyEventType[]]>> = {
  j: ['join', 'PeerJoined', 'PeerResumed'],
  l: ['leave', 'PeerLeft', 'PeerKicked'],
  t: ['timeout', 'PeerTimedOut'],
  s: ['suspicion', 'PeerSuspected', 'ForwardingFailed'],
  m: ['move', 'ParentAssigned'],
  w: ['wait', 'PeerWaiting'],
  r: ['recovery', 'ServiceRecovered'],
};

const ACTIONS: Readonly<Record<string, StepAction>> = {
  right: { do: 'forward' },
  down: { do: 'forward' },
  space: { do: 'forward' },
  return: { do: 'forward' },
  enter: { do: 'forward' },
  n: { do: 'forward' },
  left: { do: 'back' },
  up: { do: 'back' },
  backspace: { do: 'back' },
  b: { do: 'back' },
  i: { do: 'incident' },
  home: { do: 'begin' },
  g: { do: 'begin' },
  end: { do: 'end' },
  e: { do: 'end' },
  q: { do: 'quit' },
  escape: { do: 'quit' },
  ...Object.fromEntries(
    Object.entries(KINDS).map(([key, [, ...types]]) => [key, { do: 'next', types: new Set(types) }]),
  ),
};

/** One line that names the keys. */
export const STEP_HELP = `n/right forward, b/left back, i incident, ${Object.entries(KINDS)
  .map(([key, [says]]) => `${key} ${says}`)
  .join(', ')}, g begin, e end, q quit`;

/** @returns null for a key that means nothing. */
export function actionOf(key: Readonly<{ name?: string | undefined; ctrl?: boolean }>): StepAction | null {
  if (key.ctrl === true) return key.name === 'c' || key.name === 'd' ? { do: 'quit' } : null;
  return ACTIONS[key.name ?? ''] ?? null;
}
