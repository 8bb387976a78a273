import { counted, grouped } from '../../history/spoken-figures.js';
import { MEASURES } from '../../simulator/measures.js';
import { drawTable } from '../draw-table.js';
import { isoTimestamp } from '../spoken-time.js';
import type { WhatIfJson } from './what-if-json.js';

/** Both outcomes side by side, the departures that cost most, and what the answer cannot know. */
export function* drawWhatIf(answer: WhatIfJson): IterableIterator<string> {
  const { recorded, what_if: other, log_decisions: inLog, decided_again: again } = answer;
  const rows: string[][] = [
    [
      'policy',
      `${recorded.policy} v${String(recorded.policy_version)}`,
      `${other.policy} v${String(other.policy_version)}`,
    ],
    ...(['root_peer_count', 'max_children', 'max_depth'] as const).map((name) => [
      name,
      grouped(recorded[name]),
      grouped(other[name]),
    ]),
    ...MEASURES.map((name) => [name, figure(recorded.measures[name]), figure(other.measures[name])]),
    ['interrupted viewers', grouped(recorded.interrupted_viewers), grouped(other.interrupted_viewers)],
    ['seconds lost by them', figure(recorded.lost_s), figure(other.lost_s)],
  ];
  for (const cause of new Set([
    ...Object.keys(inLog),
    ...Object.keys(recorded.decisions),
    ...Object.keys(other.decisions),
  ]))
    rows.push([`decisions: ${cause}`, grouped(recorded.decisions[cause] ?? 0), grouped(other.decisions[cause] ?? 0)]);
  yield* drawTable([answer.track, 'AS RECORDED', 'WHAT IF'], rows, new Set([1, 2]));
  yield '';
  if (again !== null)
    yield `nothing is changed: ${counted(again.decisions, 'decision')} of the log taken again, ${counted(again.differences, 'difference')}`;
  const decided = Object.values(inLog).reduce((sum, count) => sum + count, 0);
  yield `the log itself holds ${counted(decided, 'decision')} up to position ${grouped(answer.position)}, under the suspicions and findings of its day`;
  if (answer.incidents.length > 0) {
    yield '';
    yield* drawTable(
      ['DEPARTURE', 'WHEN', 'HOW', 'CUT OFF', 'S LOST', 'CUT OFF, WHAT IF', 'S LOST, WHAT IF'],
      answer.incidents.map(({ peer, peer_id: peerId, at, silent, recorded: before, what_if: after }) => [
        peerId ?? `#${String(peer)}`,
        isoTimestamp(at),
        silent ? 'silent' : 'said so',
        grouped(before.viewers),
        figure(before.lost_s),
        grouped(after.viewers),
        figure(after.lost_s),
      ]),
      new Set([3, 4, 5, 6]),
    );
  }
  yield '';
  yield 'What this cannot know:';
  for (const line of answer.cannot_know) yield `- ${line}`;
}

function figure(value: number): string {
  return value >= 1_000 ? value.toFixed(0) : value.toFixed(2);
}
