import { createWriteStream, existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
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
    .argument('[file]', 'what `export` wrote; `-` or nothing for the standard input', '-')
    .option('--as <track>', 'name of the track in this log (default: its own)')
    .addHelpText(
      'after',
      '\nThe whole file is checked before anything is appended. A track that is there already is refused, unless it is the\nbeginning of this export: then the import goes on where it was interrupted.',
    )
    .action(async (file: string, options: ImportOptions) => {
      const { as = null } = options;
      if (as !== null && !isTrackName(as)) throw new WrongUse(`"${as}" cannot name a track`);
      if (file === '-') await withInputAsFile((kept) => importFile(kept, as, options));
      else if (existsSync(file)) await importFile(file, as, options);
      else throw new WrongUse(`there is no file ${file}`);
    });
}

/** The import reads twice, first to check and then to append, and a pipe can be read only once. */
async function withInputAsFile(use: (file: string) => Promise<void>): Promise<void> {
  if (process.stdin.isTTY) throw new WrongUse('name the file that `export` wrote, or pipe it in');
  const directory = await mkdtemp(join(tmpdir(), 'meshledger-import-'));
  try {
    const file = join(directory, 'exported.ndjson');
    await pipeline(process.stdin, createWriteStream(file, { mode: 0o600 }));
    await use(file);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function importFile(file: string, as: string | null, options: ImportOptions): Promise<void> {
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
}
