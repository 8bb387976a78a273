import { Command, Option } from 'commander';
import { type Config, ConfigError, type Flags, readConfig } from '../config.js';
import { OPTIONS } from '../service-options.js';
import { WrongUse } from './wrong-use.js';

/** `meshledger serve`: runs the service until SIGTERM or SIGINT, then drains and ends. */
export function serveCommand(): Command {
  const command = new Command('serve').description('run the service');
  for (const { flag, env, argument, help, allowed, default: standard } of OPTIONS) {
    const shown = standard === null || typeof standard === 'object' ? JSON.stringify(standard) : String(standard);
    const text = `${help} (allowed: ${allowed}; environment: ${env}; default: ${shown})`;
    command.addOption(new Option(argument === null ? flag : `${flag} <${argument}>`, text));
  }
  return command.action(async (flags: Flags) => {
    await serve(settingsFrom(flags));
  });
}

function settingsFrom(flags: Flags): Config {
  try {
    return readConfig(flags, process.env);
  } catch (error) {
    throw error instanceof ConfigError ? new WrongUse(error.message) : error;
  }
}

async function serve(config: Config): Promise<void> {
  process.stdout.write(`${settingsLine(config)}\n`);
  // Loading all that a service needs takes a second: a wrong setting or a look at --help need not wait for it.
  const { SnapshotsReadAhead } = await import('../event-log/snapshots-read-ahead.js');
  const ahead = new SnapshotsReadAhead(config.dataDir);
  const { startService } = await import('../main.js');
  const service = await startService(config, undefined, ahead);
  // Whoever reads that the service listens may ask it to end at once.
  const asked = firstSignal();
  // Without a file there is nothing to read again, and SIGHUP ends the service like any other program.
  if (config.iceServersFile !== null) process.on('SIGHUP', () => service.reloadIceServers());
  process.stdout.write(`listening on ${service.url}\n`);
  await asked;
  await service.stop();
}

/** What is in force, and what it promises: whoever starts the service must not have to guess. */
function settingsLine(config: Config): string {
  const { policy, rootPeerCount, maxChildren, maxDepth, heartbeatIntervalMs, heartbeatTimeoutMs, pulseLingerMs } =
    config;
  const kept =
    config.durability === 'full'
      ? 'every acknowledged event survives SIGKILL, and power loss on a disk that honours flush'
      : 'every acknowledged event survives SIGKILL; the last moments may be lost with the power';
  return [
    `meshledger: log in ${config.dataDir}`,
    `policy ${policy}, ${String(rootPeerCount)} roots, ${String(maxChildren)} children, depth ${String(maxDepth)}`,
    `heartbeat each ${String(heartbeatIntervalMs)} ms, timeout ${String(heartbeatTimeoutMs)} ms`,
    `pulses linger ${String(pulseLingerMs)} ms`,
    `durability ${config.durability}: ${kept}`,
  ].join('; ');
}

/** The first signal asks for an orderly end; a second one ends at once, as signals do. */
function firstSignal(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGTERM', resolve);
    process.once('SIGINT', resolve);
  });
}
