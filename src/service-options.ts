import * as z from 'zod';
import {
  CHILDREN_PER_PEER_MAX,
  DEPTH_MAX,
  HEARTBEAT_TIMEOUT_MS_MAX,
  HEARTBEAT_TIMEOUT_MS_MIN,
  PEERS_PER_TRACK_MAX,
  ROOT_PEER_COUNT_MAX,
} from './domain/limits.js';
import { POLICY_NAMES } from './domain/policies/registry.js';
import { iceServersFileSchema, iceServersSchema } from './ice-servers.js';
import { publicKeyFileSchema } from './public-key-file.js';

const PORT_MAX = 65_535;
const HOST_LENGTH_MAX = 255;
const PATH_LENGTH_MAX = 4_096;
const SECRET_LENGTH_MAX = 512;
const ORIGINS_MAX = 100;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
const MIB = 1024 * 1024;
const GIB = 1024 * MIB;
const BYTES_MAX = 2 ** 49;
/** A segment shorter than that would be all beginning. */
const SEGMENT_BYTES_MIN = MIB;
const SEGMENT_AGE_MS_MIN = 1_000;
const TURN_CREDENTIAL_TTL_MS_MIN = 60_000;
const EVENTS_MAX = 1_000_000_000_000;
const PULSE_LINGER_MS_MAX = 60_000;
const TRACKS_MAX = 1_000_000;
const CONNECTIONS_MAX = 1_000_000;
const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
const DURABILITIES = ['full', 'normal'] as const;

interface OptionOf<Name extends string, Value> {
  /** Key in the flags and in the `Config`. */
  readonly name: Name;
  readonly flag: string;
  readonly env: string;
  /** What follows the flag in the help; null for a flag that stands alone. */
  readonly argument: string | null;
  readonly default: Value;
  readonly help: string;
  /** What is allowed, in words. */
  readonly allowed: string;
  /** Secrets are never shown. */
  readonly secret?: true;
  readonly schema: z.ZodType<Value>;
}

function option<const Name extends string, Value>(
  name: Name,
  about: Pick<OptionOf<Name, Value>, 'argument' | 'default' | 'help' | 'allowed' | 'schema' | 'secret'>,
): OptionOf<Name, Value> {
  const words = name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return { name, flag: `--${words}`, env: `MESHLEDGER_${words.replaceAll('-', '_').toUpperCase()}`, ...about };
}

function wholeNumber<const Name extends string>(
  name: Name,
  standard: number,
  [lowest, highest]: readonly [number, number],
  help: string,
): OptionOf<Name, number> {
  const schema = z
    .string()
    .regex(/^\d{1,15}$/)
    .transform(Number)
    .pipe(z.int().min(lowest).max(highest));
  const allowed = `a whole number from ${String(lowest)} to ${String(highest)}`;
  return option(name, { argument: 'n', default: standard, help, allowed, schema });
}

function oneOf<const Name extends string, Value extends string>(
  name: Name,
  standard: Value,
  values: readonly Value[],
  help: string,
): OptionOf<Name, Value> {
  return option(name, {
    argument: 'name',
    default: standard,
    help,
    allowed: values.join(', '),
    schema: z.enum(values),
  });
}

function secret<const Name extends string>(name: Name, help: string): OptionOf<Name, string | null> {
  const schema = z
    .string()
    .regex(/^[\x21-\x7e]+$/)
    .max(SECRET_LENGTH_MAX);
  const allowed = `1 to ${String(SECRET_LENGTH_MAX)} printable ASCII characters without a space`;
  return option(name, { argument: 'secret', default: null, help, allowed, secret: true, schema });
}

/** Turns what an operator wrote between commas into what a browser sends. */
const originsSchema = z
  .string()
  .transform((list) => list.split(',').map((origin) => origin.trim()))
  .pipe(z.array(z.string().refine(isOrigin)).max(ORIGINS_MAX));

function isOrigin(candidate: string): boolean {
  if (candidate === '*') return true;
  return URL.canParse(candidate) && new URL(candidate).origin === candidate;
}

const booleanSchema = z.union([
  z.boolean(),
  z.enum(['true', '1', 'false', '0']).transform((word) => word === 'true' || word === '1'),
]);

/** Every setting of `serve`, in the order of its help. `--help`, the documentation and `readConfig` all come from here. */
export const OPTIONS = [
  wholeNumber('port', 3000, [0, PORT_MAX], 'TCP port to listen on; 0 takes any free one'),
  option('host', {
    argument: 'address',
    default: '127.0.0.1',
    help: 'address to listen on',
    allowed: 'an IP address or a host name',
    schema: z
      .string()
      .regex(/^[A-Za-z0-9.:_-]+$/)
      .max(HOST_LENGTH_MAX),
  }),
  option('dataDir', {
    argument: 'path',
    default: './data',
    help: 'directory of the event log',
    allowed: 'a path',
    schema: z
      .string()
      .min(1)
      .max(PATH_LENGTH_MAX)
      .refine((path) => !path.includes('\0')),
  }),
  oneOf('policy', 'resilient', POLICY_NAMES, 'placement policy of tracks opened from now on'),
  wholeNumber(
    'segmentMaxBytes',
    1024 * MIB,
    [SEGMENT_BYTES_MIN, BYTES_MAX],
    'the log goes on in a new file when the present one is so large',
  ),
  wholeNumber(
    'segmentMaxAgeMs',
    DAY_MS,
    [SEGMENT_AGE_MS_MIN, 3_650 * DAY_MS],
    'the log goes on in a new file when the present one spans so long a time',
  ),
  wholeNumber('diskWarnBytes', 2 * GIB, [0, BYTES_MAX], 'with less free space the service warns; 0: never'),
  wholeNumber('diskRefuseTracksBytes', GIB, [0, BYTES_MAX], 'with less free space no track is opened; 0: never'),
  wholeNumber(
    'diskRefuseCommandsBytes',
    256 * MIB,
    [0, BYTES_MAX],
    'with less free space no command is taken; 0: never',
  ),
  wholeNumber('rootPeerCount', 30, [1, ROOT_PEER_COUNT_MAX], 'peers of a track that the origin feeds, at most'),
  wholeNumber('maxChildren', 3, [0, CHILDREN_PER_PEER_MAX], 'children one peer may have, at most'),
  wholeNumber('maxDepth', 6, [0, DEPTH_MAX], 'hops from the roots, at most'),
  wholeNumber(
    'heartbeatIntervalMs',
    3_000,
    [1, HEARTBEAT_TIMEOUT_MS_MAX],
    'how often peers are asked to beat; at most a third of the timeout unless set',
  ),
  wholeNumber(
    'heartbeatTimeoutMs',
    10_000,
    [HEARTBEAT_TIMEOUT_MS_MIN, HEARTBEAT_TIMEOUT_MS_MAX],
    'a peer not heard for so long is timed out',
  ),
  wholeNumber(
    'pulseLingerMs',
    200,
    [0, PULSE_LINGER_MS_MAX],
    'how long a heartbeat may wait to share a commit with others; at most a tenth of the timeout unless set',
  ),
  wholeNumber(
    'recoveryWindowMs',
    120_000,
    [0, DAY_MS],
    'how long after a restart timeouts may wait for peers to come back, at most',
  ),
  wholeNumber('tracksMax', 10_000, [1, TRACKS_MAX], 'open tracks, at most'),
  wholeNumber('peersPerTrackMax', 100_000, [1, PEERS_PER_TRACK_MAX], 'peers in one track, at most'),
  wholeNumber(
    'rateLimitConnections',
    500,
    [1, CONNECTIONS_MAX],
    'new connections per address and second; twice as many at once',
  ),
  wholeNumber('connectionsPerAddressMax', 20_000, [1, CONNECTIONS_MAX], 'open connections of one address, at most'),
  wholeNumber('connectionsMax', 100_000, [1, CONNECTIONS_MAX], 'open connections, at most'),
  wholeNumber('queryTimeoutMs', 10_000, [100, HOUR_MS], 'how long one question about the past may take'),
  wholeNumber('queryEventsMax', 20_000_000, [1_000, EVENTS_MAX], 'events one question about the past may read'),
  wholeNumber('streamReadersMax', 100, [0, CONNECTIONS_MAX], 'readers of the event stream at one time, at most'),
  oneOf('logLevel', 'info', LOG_LEVELS, 'the least important lines to log'),
  option('iceServers', {
    argument: 'json',
    default: [],
    help: 'STUN and TURN servers handed to peers, as JSON',
    allowed: 'a JSON array of RTCIceServer: [{"urls": "stun:..." or [..], "username"?, "credential"?}]',
    // TURN credentials stand in it.
    secret: true,
    schema: iceServersSchema,
  }),
  option('iceServersFile', {
    argument: 'path',
    default: null,
    help: 'file with the same JSON instead of --ice-servers; SIGHUP reads it again',
    allowed: 'the path of a readable file with a JSON array as for --ice-servers',
    schema: iceServersFileSchema,
  }),
  secret(
    'turnSecret',
    'shared secret of the TURN server (coturn: static-auth-secret); peers get credentials of their own for every turn: URL without one',
  ),
  wholeNumber(
    'turnCredentialTtlMs',
    DAY_MS,
    [TURN_CREDENTIAL_TTL_MS_MIN, 30 * DAY_MS],
    'how long a TURN credential is good for a new connection',
  ),
  oneOf(
    'durability',
    'full',
    DURABILITIES,
    'full: acknowledged means flushed to disk; normal: a power loss may take the last moments',
  ),
  secret('subscribeToken', 'token that viewers must present'),
  secret('jwtSecret', 'shared secret of JSON Web Tokens (HS256) that viewers may present instead'),
  option('jwtPublicKeyFile', {
    argument: 'path',
    default: null,
    help: 'public key of JSON Web Tokens that viewers may present instead: RSA for RS256, P-256 for ES256',
    allowed: 'the path of a readable PEM file with an RSA key of 2048 bits or more, or a P-256 key',
    schema: publicKeyFileSchema,
  }),
  secret('adminToken', 'token that operators must present to the HTTP interface'),
  option('allowedOrigins', {
    argument: 'list',
    default: [],
    help: 'web origins that may connect besides the own one, separated by commas; * for all',
    allowed: 'origins such as https://example.org, separated by commas, or *',
    schema: originsSchema,
  }),
  option('insecure', {
    argument: null,
    default: false,
    help: 'listen beyond this machine without tokens',
    allowed: 'true or false',
    schema: booleanSchema,
  }),
] as const;

export type ServiceOption = (typeof OPTIONS)[number];
export type OptionName = ServiceOption['name'];
export type OptionValues = { [Name in OptionName]: z.infer<Extract<ServiceOption, { name: Name }>['schema']> };
