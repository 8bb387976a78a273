import { resolve } from 'node:path';
import { Command } from 'commander';
import { systemClock } from '../clock.js';
import { counted } from '../history/spoken-figures.js';
import { applyRetention, type Disposal, type RetentionDone } from '../maintenance/apply-retention.js';
import { openKeeper } from '../maintenance/open-keeper.js';
import { type LogOptions, readingLog, withLogOptions } from './log-options.js';
import { parseTime, TIME_ALLOWED } from './parse-time.js';
import { printJson, printLines } from './print-lines.js';
import { ProgressLine } from './progress-line.js';
import { WrongUse } from './wrong-use.js';

interface RetainOptions extends LogOptions {
  olderThan: string;
  moveTo?: string;
  delete?: true;
}

/** `meshledger retain`: removes old segments, by an explicit and recorded act. */
export function retainCommand(): Command {
  return withLogOptions(new Command('retain'))
    .description('move or delete old segments of the log, recorded as an event in each track that loses events')
    .requiredOption('--older-than <time>', `segments whose last event is older: ${TIME_ALLOWED}`)
    .option('--move-to <dir>', 'move them there; put back, they can be read again')
    .option('--delete', 'delete them, with the names of all who are in no track any more')
    .addHelpText(
      'after',
      '\nWorks on the data directory of a running service, which records it; without one, this command does. The live segment\nalways stays. The state of each track at the cut is kept, so later moments can still be replayed.',
    )
    .action((options: RetainOptions) =>
      readingLog(options.dataDir, async () => {
        const disposal = disposalOf(options);
        const before = parseTime(options.olderThan, systemClock.wallMs());
        const progress = new ProgressLine();
        const keeper = await openKeeper(options.dataDir);
        try {
          const plan = { dataDir: options.dataDir, before, disposal };
          const done = await applyRetention(plan, keeper, (doing) => {
            progress.update(doing);
          });
          progress.clear();
          if (options.json) await printJson({ ...done, before });
          else await printLines([sentence(done, disposal)]);
        } finally {
          await keeper.close();
        }
      }),
    );
}

function disposalOf({ moveTo, delete: isDeleting }: RetainOptions): Disposal {
  if ((moveTo === undefined) === (isDeleting === undefined))
    throw new WrongUse('say what becomes of the segments: either --move-to DIR or --delete');
  return moveTo === undefined ? { kind: 'delete' } : { kind: 'move', directory: resolve(moveTo) };
}

function sentence({ segments, tracks, events, names }: RetentionDone, disposal: Disposal): string {
  if (segments.length === 0) return 'nothing to remove: no sealed segment is that old';
  const done = disposal.kind === 'move' ? `moved to ${disposal.directory}` : 'deleted';
  const named = disposal.kind === 'delete' ? `, ${counted(names, 'name')} erased` : '';
  return `${done}: ${segments.join(', ')}; ${counted(events, 'event')} of ${counted(tracks, 'track')}${named}`;
}
