import { Command, Option } from 'commander';
import { explain } from '../history/explain.js';
import { explanationJson } from '../history/explain-json.js';
import { PeerNames } from '../history/peer-names.js';
import { drawExplanation } from './draw-explanation.js';
import { inkForStdout } from './ink.js';
import { knownTrack, readingLog, type TrackOptions, withTrackOptions } from './log-options.js';
import { wholeNumber } from './number-option.js';
import { printJson, printLines } from './print-lines.js';

interface ExplainOptions extends TrackOptions {
  position: number;
}

/** `meshledger explain`: why that decision. */
export function explainCommand(): Command {
  return withTrackOptions(new Command('explain'))
    .description('why that decision: what triggered it, the rule, who was looked at, who was next')
    .addOption(
      new Option('--position <position>', 'of a decision, or of a fact to see what followed from it')
        .argParser(wholeNumber(1))
        .makeOptionMandatory(),
    )
    .addHelpText(
      'after',
      '\nThe decision is taken again by the policy version that is recorded, with a trace. "events" shows positions.',
    )
    .action(({ dataDir, track, position, json }: ExplainOptions) =>
      readingLog(dataDir, async (reader) => {
        const explanation = explain(reader, knownTrack(reader, track), position);
        const answer = explanationJson(track, explanation, new PeerNames(reader, track));
        if (json) await printJson(answer);
        else await printLines(drawExplanation(answer, inkForStdout()));
      }),
    );
}
