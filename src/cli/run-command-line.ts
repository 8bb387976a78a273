import { Command, CommanderError } from 'commander';
import { HistoryFault } from '../history/history-request.js';
import { OutputClosed } from './print-lines.js';
import { EXIT_FINDING, EXIT_OK, EXIT_WRONG_USE, WrongUse } from './wrong-use.js';

interface Verb {
  readonly summary: string;
  /** Loads the verb's own file, and with it all that the verb needs: `--help` needs none of it. */
  load(): Promise<Command>;
}

/** By what they are for, as `--help` shows them. */
const VERBS: Readonly<Record<string, Readonly<Record<string, Verb>>>> = {
  Serve: {
    serve: {
      summary: 'run the service',
      load: async () => (await import('./serve.js')).serveCommand(),
    },
  },
  Look: {
    tracks: {
      summary: 'tracks in a data directory: peers, positions, time range',
      load: async () => (await import('./tracks.js')).tracksCommand(),
    },
    tree: {
      summary: 'the relay tree of a track, now or at a moment of the past',
      load: async () => (await import('./tree.js')).treeCommand(),
    },
    events: {
      summary: 'the log of a track, one event a line',
      load: async () => (await import('./events.js')).eventsCommand(),
    },
  },
  'Look back': {
    diff: {
      summary: 'who joined, left and moved between two moments',
      load: async () => (await import('./diff.js')).diffCommand(),
    },
    timeline: {
      summary: 'everything that happened to one peer, over all its joins',
      load: async () => (await import('./timeline.js')).timelineCommand(),
    },
    replay: {
      summary: 'play the log again, with the changes it makes to the tree',
      load: async () => (await import('./replay.js')).replayCommand(),
    },
    incidents: {
      summary: 'moments worth a look',
      load: async () => (await import('./incidents.js')).incidentsCommand(),
    },
    explain: {
      summary: 'why that decision: what triggered it, the rule, who was looked at, who was next',
      load: async () => (await import('./explain.js')).explainCommand(),
    },
  },
  Keep: {
    verify: {
      summary: 'prove the log: hash chain, positions, every event, the tree it makes',
      load: async () => (await import('./verify.js')).verifyCommand(),
    },
    backup: {
      summary: 'a consistent copy of a log, also while a service writes it',
      load: async () => (await import('./backup.js')).backupCommand(),
    },
    export: {
      summary: 'a track as NDJSON, to be imported elsewhere',
      load: async () => (await import('./export.js')).exportCommand(),
    },
    import: {
      summary: 'an exported track into a log, positions and state hash kept',
      load: async () => (await import('./import.js')).importCommand(),
    },
    retain: {
      summary: 'move or delete old segments of the log, recorded as an event',
      load: async () => (await import('./retain.js')).retainCommand(),
    },
    forget: {
      summary: "erase a person's name, recorded as an event",
      load: async () => (await import('./forget.js')).forgetCommand(),
    },
  },
  Plan: {
    'what-if': {
      summary: 'same facts, other rules: both outcomes side by side',
      load: async () => (await import('./what-if.js')).whatIfCommand(),
    },
    simulate: {
      summary: 'a virtual audience: how well a policy feeds it, side by side with others',
      load: async () => (await import('./simulate.js')).simulateCommand(),
    },
    audience: {
      summary: 'a real audience: socket.io clients that join, beat, report and leave',
      load: async () => (await import('./audience.js')).audienceCommand(),
    },
  },
};

/** Errors whose message is all that a reader needs: they name what is damaged or in the way. */
const TOLD_PLAINLY: Readonly<Record<string, number>> = {
  CorruptLogError: EXIT_FINDING,
  DamagedLogFileError: EXIT_FINDING,
  HistoryUnavailableError: EXIT_FINDING,
  MaintenanceRefused: EXIT_FINDING,
  BadExportError: EXIT_WRONG_USE,
  HistoryFault: EXIT_WRONG_USE,
  LogFormatTooNewError: EXIT_WRONG_USE,
  DataDirectoryLockedError: EXIT_WRONG_USE,
  DataDirectoryUnusableError: EXIT_WRONG_USE,
  CannotListenError: EXIT_WRONG_USE,
  UnsafeSqliteError: EXIT_WRONG_USE,
};

/**
 * Runs one command line and sets the exit code: 0 done, 1 a finding, 2 wrong use. Only the verb that is asked for is loaded.
 *
 * @param words the arguments behind the program's name.
 */
export async function runCommandLine(words: readonly string[]): Promise<void> {
  // A reader that goes away (`| head`) is reported to the write that meets it; without a listener it would be a crash.
  process.stdout.on('error', endQuietly);
  try {
    const program = await programFor(words);
    await program.parseAsync(words, { from: 'user' });
  } catch (error) {
    process.exitCode = exitCodeOf(error);
  }
}

async function programFor(words: readonly string[]): Promise<Command> {
  const program = new Command('meshledger')
    .description('Event-sourced topology of WebRTC relay trees: serve it, look at it, prove it.')
    .exitOverride()
    .showHelpAfterError('(add --help for what is allowed)')
    .addHelpText('after', '\nExit codes: 0 done, 1 a finding, 2 wrong use.');
  const asked = words[0] === 'help' ? words[1] : words[0];
  for (const [group, verbs] of Object.entries(VERBS)) {
    for (const [name, verb] of Object.entries(verbs)) {
      const command = name === asked ? await verb.load() : new Command(name).description(verb.summary);
      program.addCommand(command.copyInheritedSettings(program).helpGroup(`${group}:`));
    }
  }
  return program;
}

function exitCodeOf(error: unknown): number {
  if (error instanceof OutputClosed) return Number(process.exitCode ?? EXIT_OK);
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_OK : EXIT_WRONG_USE;
  const named = error instanceof Error ? error : new Error(String(error));
  const plain = error instanceof WrongUse ? EXIT_WRONG_USE : TOLD_PLAINLY[named.name];
  process.stderr.write(`meshledger: ${plain === undefined ? (named.stack ?? named.message) : toldPlainly(named)}\n`);
  return plain ?? EXIT_FINDING;
}

/** With the code in front where there is one: the same that HTTP answers with. */
function toldPlainly(error: Error): string {
  const code = error instanceof WrongUse || error instanceof HistoryFault ? error.code : null;
  return code === null ? error.message : `${code}: ${error.message}`;
}

function endQuietly(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}
