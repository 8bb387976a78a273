import { existsSync } from 'node:fs';
import { Command } from 'commander';
import { systemClock } from '../clock.js';
import { isTrackName } from '../domain/ids.js';
import { counted, grouped } from '../history/spoken-figures.js';
import { importTrack } from '../maintenance/import-track.js';
import { type LogOptions, withLogOptions } from './log-options.js';
import { printJson, printLines } from './print-lines.js';
import { ProgressLine } from './progress-line.js';
import { WrongUse } from './wrong-use.js';

interface ImportOptions extends LogOptions {
  as?: string;
}

/** `meshledger import`: an exported track into the log of a data directory. */
export function importCommand(): Command {
  return withLogOptions(new Command('import'))
    .description('an exported track into a log, positions and state hash kept; no service may run on it')
    .argument('<file>', 'what `export` wrote')
    .option('--as <track>', 'name of the track in this log (default: its own)')
    .addHelpText(
      'after',
      '\nThe whole file is checked before anything is appended. A track that is there already is refused, unless it is the\nbeginning of this export: then the import goes on where it was interrupted.',
    )
    .action(async (file: string, options: ImportOptions) => {
      if (!existsSync(file)) throw new WrongUse(`there is no file ${file}`);
      const { as = null } = options;
      if (as !== null && !isTrackName(as)) throw new WrongUse(`"${as}" cannot name a track`);
      const progress = new ProgressLine();
      const done = await importTrack(options.dataDir, file, as, systemClock.wallMs(), (doing, position, total) => {
        progress.update(`${doing}: ${grouped(position)} of ${grouped(total)}`);
      });
      progress.clear();
      const { track, position, stateHash, appended } = done;
      if (options.json) await printJson({ track, position, state_hash: stateHash, appended });
      else
        await printLines([
          `imported ${counted(appended, 'event')} of track ${track}, to position ${grouped(position)}`,
          `state hash ${stateHash}`,
        ]);
    });
}
