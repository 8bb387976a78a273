import type { ChoiceJson, DecisionJson, ExplanationJson } from '../history/explain-json.js';
import { grouped } from '../history/spoken-figures.js';
import type { Ink } from './ink.js';
import { isoTimestamp } from './spoken-time.js';

/** An explanation for a reader: what happened, why, among whom, and who was next. */
export function* drawExplanation(explanation: ExplanationJson, ink: Ink): IterableIterator<string> {
  const { track, position, event, told, policy, triggered_by: fact, decisions, decision_count: count } = explanation;
  const rules = policy === null ? '' : `  policy ${policy.name} v${String(policy.version)}`;
  yield `${ink.bold(track)}  position ${String(position)}  ${isoTimestamp(event.recorded_at)}${rules}`;
  yield `${event.type}: ${told}`;
  if (explanation.kind === 'decision') {
    yield fact === null
      ? 'triggered by: a timer or an operator, without a fact of its own'
      : `triggered by: position ${String(fact.position)}, ${fact.type}: ${fact.told}`;
    for (const decision of decisions) yield* drawDecision(decision, ink);
    return;
  }
  yield count === 0 ? 'no decision followed from it' : `decisions that followed from it: ${grouped(count)}`;
  for (const decision of decisions) {
    yield '';
    yield `${ink.bold(`position ${String(decision.position)}`)}  ${decision.event.type}: ${decision.told}`;
    yield* drawDecision(decision, ink);
  }
  if (count > decisions.length) yield `and ${grouped(count - decisions.length)} more: explain them by their positions`;
}

function* drawDecision(decision: DecisionJson, ink: Ink): IterableIterator<string> {
  yield* drawChoice(decision);
  if (!decision.agrees) {
    const { redecided } = decision;
    yield ink.alert(`decided again, it comes out differently: ${redecided ? JSON.stringify(redecided) : 'nothing'}`);
  }
}

/** The rule in words, the classes with their counts, and the runners-up. */
export function* drawChoice({ because, candidates, runners_up: runnersUp }: ChoiceJson): IterableIterator<string> {
  yield `  rule: ${because}`;
  if (candidates.length > 0) {
    const said = candidates.map(
      ({ class: name, count, eligible }) =>
        `${grouped(count)} ${name.replaceAll('_', ' ')}${eligible ? '' : ' (not eligible)'}`,
    );
    yield `  looked at: ${said.join(', ')}`;
  }
  for (const { peer, peer_id: peerId, because: lost } of runnersUp)
    yield `  next: ${peerId ?? `#${String(peer)}`}: ${lost}`;
}
