import { isIP } from 'node:net';
import * as z from 'zod';
import type { TrackSettings } from './domain/events.js';
import { newestPolicy } from './domain/policies/registry.js';
import { type OptionName, OPTIONS, type OptionValues, type ServiceOption } from './service-options.js';

/** Injection token of the `Config`. */
export const CONFIG = Symbol('CONFIG');

/** Every setting of the service, checked. Milliseconds end in `Ms`, greatest numbers in `Max`. */
export type Config = Readonly<OptionValues>;

/** Flags by option name in camel case (`rootPeerCount`), as commander gives them. */
export type Flags = Readonly<Record<string, string | boolean | undefined>>;
export type Environment = Readonly<Record<string, string | undefined>>;

/** The settings are wrong; the service must not start. Its message has one line for each fault. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  constructor(readonly faults: readonly string[]) {
    super(faults.join('\n'));
  }
}

/**
 * Puts the settings together: a flag counts before its environment variable, that before the default. An empty variable
 * counts as none.
 *
 * @throws ConfigError that names every setting at fault, its value (secrets are not shown) and what is allowed.
 */
export function readConfig(flags: Flags, environment: Environment): Config {
  const faults: string[] = [];
  const given = new Set<OptionName>();
  const values: Partial<Record<OptionName, unknown>> = {};
  for (const option of OPTIONS) {
    const source = sourceOf(option, flags, environment);
    if (source !== null) given.add(option.name);
    values[option.name] = source === null ? option.default : check(option, source, faults);
  }
  // Each value has been through its own option's schema, or there is a fault and nobody gets to see it.
  const config = values as OptionValues;
  if (faults.length === 0) {
    fitToTimeout(config, given);
    faults.push(...contradictions(config));
  }
  if (faults.length > 0) throw new ConfigError(faults);
  return Object.freeze(config);
}

/** The rules for tracks that are opened under this configuration. */
export function trackSettingsOf(config: Config): TrackSettings {
  const { policy, rootPeerCount, maxChildren, maxDepth, heartbeatTimeoutMs } = config;
  const policyVersion = newestPolicy(policy)?.version ?? 1;
  return { policy, policyVersion, rootPeerCount, maxChildren, maxDepth, heartbeatTimeoutMs };
}

/** Whether only this machine can reach a service that listens on `host`. */
export function isLoopback(host: string): boolean {
  if (host === 'localhost' || host === '::1') return true;
  return isIP(host) === 4 && host.startsWith('127.');
}

/** Whether viewers have to show a token of one kind or another. */
export function asksForToken({
  subscribeToken,
  jwtSecret,
  jwtPublicKeyFile,
}: Pick<Config, 'subscribeToken' | 'jwtSecret' | 'jwtPublicKeyFile'>): boolean {
  return subscribeToken !== null || jwtSecret !== null || jwtPublicKeyFile !== null;
}

/** Heartbeats, and lingers of a heartbeat, that fit at least into a timeout nobody tuned. */
const BEATS_PER_TIMEOUT = 3;
const LINGERS_PER_TIMEOUT = 10;

interface Source {
  readonly label: string;
  readonly value: string | boolean;
}

function sourceOf(option: ServiceOption, flags: Flags, environment: Environment): Source | null {
  const flag = flags[option.name];
  if (flag !== undefined) return { label: option.flag, value: flag };
  const variable = environment[option.env];
  return variable === undefined || variable === '' ? null : { label: option.env, value: variable };
}

function check(option: ServiceOption, { label, value }: Source, faults: string[]): unknown {
  const parsed = (option.schema as z.ZodType).safeParse(value);
  if (parsed.success) return parsed.data;
  const shown = option.secret === true ? 'the value (not shown)' : JSON.stringify(value);
  faults.push(`${label}: ${shown} is not allowed; allowed: ${option.allowed}`);
  return undefined;
}

/** A shorter timeout brings a shorter interval and linger with it, unless they were asked for. */
function fitToTimeout(config: OptionValues, given: ReadonlySet<OptionName>): void {
  const { heartbeatTimeoutMs, heartbeatIntervalMs, pulseLingerMs } = config;
  const fitting = (share: number): number => Math.floor(heartbeatTimeoutMs / share);
  if (!given.has('heartbeatIntervalMs'))
    config.heartbeatIntervalMs = Math.min(heartbeatIntervalMs, fitting(BEATS_PER_TIMEOUT));
  if (!given.has('pulseLingerMs')) config.pulseLingerMs = Math.min(pulseLingerMs, fitting(LINGERS_PER_TIMEOUT));
}

function contradictions(config: OptionValues): string[] {
  const { heartbeatIntervalMs, heartbeatTimeoutMs, pulseLingerMs, host } = config;
  const faults: string[] = [];
  if (heartbeatIntervalMs >= heartbeatTimeoutMs) {
    faults.push(
      `--heartbeat-interval-ms: ${String(heartbeatIntervalMs)} is not allowed; allowed: less than --heartbeat-timeout-ms, which is ${String(heartbeatTimeoutMs)}`,
    );
  }
  if (pulseLingerMs >= heartbeatTimeoutMs) {
    faults.push(
      `--pulse-linger-ms: ${String(pulseLingerMs)} is not allowed; allowed: less than --heartbeat-timeout-ms, which is ${String(heartbeatTimeoutMs)}`,
    );
  }
  if (config.iceServersFile !== null && config.iceServers.length > 0) {
    faults.push('--ice-servers-file: is not allowed beside --ice-servers; allowed: one of the two');
  }
  if (!isLoopback(host) && !config.insecure && (config.adminToken === null || !asksForToken(config))) {
    faults.push(
      `--host: ${JSON.stringify(host)} is not allowed without --admin-token and one of --subscribe-token, --jwt-secret and --jwt-public-key-file, because others can reach it; allowed: 127.0.0.0/8, ::1, localhost, or any with --insecure`,
    );
  }
  return faults;
}
