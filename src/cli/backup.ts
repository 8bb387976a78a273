import { existsSync, readdirSync } from 'node:fs';
import { basename } from 'node:path';
import { Command } from 'commander';
import { copyLog } from '../event-log/copy-log.js';
import { openEventLogReader } from '../event-log/sqlite-event-log-reader.js';
import { verifyChain } from '../event-log/verify-chain.js';
import { verifyLogFile } from '../event-log/verify-log-file.js';
import { counted, grouped } from '../history/spoken-figures.js';
import { type LogOptions, readingLog, withLogOptions } from './log-options.js';
import { printJson, printLines } from './print-lines.js';
import { ProgressLine } from './progress-line.js';
import { EXIT_FINDING, WrongUse } from './wrong-use.js';

interface BackupOptions extends LogOptions {
  verify: boolean;
}

interface BackupJson {
  directory: string;
  files: readonly string[];
  tracks: number;
  events: number;
  /** Null when the copy was not verified. */
  faults: string[] | null;
}

/** `meshledger backup`: a copy of the log at one moment, that verifies and that a service can start on. */
export function backupCommand(): Command {
  return withLogOptions(new Command('backup'))
    .description('a consistent copy of a log, also while a service writes it')
    .argument('<dir>', 'directory of the copy; must not exist, or be empty')
    .option('--no-verify', 'do not prove the copy afterwards')
    .action((directory: string, options: BackupOptions) =>
      readingLog(options.dataDir, async () => {
        if (existsSync(directory) && readdirSync(directory).length > 0)
          throw new WrongUse(`${directory} is not empty: name a directory that does not exist`);
        const progress = new ProgressLine();
        const { files } = await copyLog(options.dataDir, directory, (file, done, total) => {
          progress.update(`copying ${basename(file)}: ${grouped(Math.round((100 * done) / Math.max(1, total)))} %`);
        });
        const json = lookAt(directory, files, options.verify, progress);
        progress.clear();
        if ((json.faults?.length ?? 0) > 0) process.exitCode = EXIT_FINDING;
        if (options.json) await printJson(json);
        else await printLines(drawn(json));
      }),
    );
}

function lookAt(directory: string, files: readonly string[], verifies: boolean, progress: ProgressLine): BackupJson {
  const reader = openEventLogReader(directory);
  try {
    const heads = reader.heads();
    const faults = verifies ? verifyLogFile(reader).map(({ file, fault }) => `${basename(file)}: ${fault}`) : [];
    for (const { track } of verifies ? heads : []) {
      progress.update(`verifying ${track}`);
      const report = verifyChain(reader, track);
      if (!report.ok) faults.push(`track ${track}, position ${String(report.position)}: ${report.fault}`);
    }
    const events = heads.reduce(
      (sum, { track, position }) => sum + position - (reader.opening(track)?.position ?? 0),
      0,
    );
    return { directory, files, tracks: heads.length, events, faults: verifies ? faults : null };
  } finally {
    reader.close();
  }
}

function* drawn({ directory, files, tracks, events, faults }: BackupJson): IterableIterator<string> {
  const holds = `${counted(files.length, 'file')}, ${counted(tracks, 'track')}, ${counted(events, 'event')}`;
  const verdict = faults === null ? 'not verified' : faults.length === 0 ? 'verified' : 'FAULTY';
  yield `backup in ${directory}: ${holds}, ${verdict}`;
  yield* faults ?? [];
}
