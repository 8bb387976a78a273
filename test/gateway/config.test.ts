import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ConfigError, isLoopback, readConfig, trackSettingsOf } from '../../src/config.js';
import { OPTIONS } from '../../src/service-options.js';

let directory: string;
let files = 0;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'meshledger-config-'));
});
afterAll(() => rm(directory, { recursive: true }));

/** A file with this content. */
async function fileOf(content: string | Buffer): Promise<string> {
  files += 1;
  const path = join(directory, String(files));
  await writeFile(path, content);
  return path;
}

function ecKey(namedCurve: string): { publicKey: string; privateKey: string } {
  return generateKeyPairSync('ec', {
    namedCurve,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
}

function rsaKey(modulusLength: number): string {
  return generateKeyPairSync('rsa', {
    modulusLength,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  }).publicKey;
}

/** The lines of the error, or none. */
function faults(flags: Record<string, string | boolean>, environment: Record<string, string> = {}): readonly string[] {
  try {
    readConfig(flags, environment);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
}

describe('the settings', () => {
  it('have the defaults of the contract', () => {
    expect(readConfig({}, {})).toEqual({
      port: 3000,
      host: '127.0.0.1',
      dataDir: './data',
      policy: 'resilient',
      rootPeerCount: 30,
      maxChildren: 3,
      maxDepth: 6,
      segmentMaxBytes: 2 ** 30,
      segmentMaxAgeMs: 86_400_000,
      diskWarnBytes: 2 ** 31,
      diskRefuseTracksBytes: 2 ** 30,
      diskRefuseCommandsBytes: 2 ** 28,
      heartbeatIntervalMs: 3000,
      heartbeatTimeoutMs: 10_000,
      pulseLingerMs: 200,
      recoveryWindowMs: 120_000,
      tracksMax: 10_000,
      queryTimeoutMs: 10_000,
      queryEventsMax: 20_000_000,
      streamReadersMax: 100,
      peersPerTrackMax: 100_000,
      rateLimitConnections: 500,
      connectionsPerAddressMax: 20_000,
      connectionsMax: 100_000,
      logLevel: 'info',
      iceServers: [],
      iceServersFile: null,
      turnSecret: null,
      turnCredentialTtlMs: 86_400_000,
      durability: 'full',
      subscribeToken: null,
      jwtSecret: null,
      jwtPublicKeyFile: null,
      adminToken: null,
      allowedOrigins: [],
      insecure: false,
    });
  });

  it('have the flags and variables of the contract', () => {
    const names = Object.fromEntries(OPTIONS.map((option) => [option.flag, option.env]));
    expect(names).toMatchObject({
      '--port': 'MESHLEDGER_PORT',
      '--data-dir': 'MESHLEDGER_DATA_DIR',
      '--heartbeat-interval-ms': 'MESHLEDGER_HEARTBEAT_INTERVAL_MS',
      '--tracks-max': 'MESHLEDGER_TRACKS_MAX',
      '--peers-per-track-max': 'MESHLEDGER_PEERS_PER_TRACK_MAX',
      '--rate-limit-connections': 'MESHLEDGER_RATE_LIMIT_CONNECTIONS',
      '--jwt-secret': 'MESHLEDGER_JWT_SECRET',
      '--allowed-origins': 'MESHLEDGER_ALLOWED_ORIGINS',
    });
  });

  it('come from the flag before the variable before the default, and an empty variable is none', () => {
    expect(readConfig({ port: '0' }, { MESHLEDGER_PORT: '4000' }).port).toBe(0);
    expect(readConfig({}, { MESHLEDGER_PORT: '4000' }).port).toBe(4000);
    expect(readConfig({}, { MESHLEDGER_PORT: '' }).port).toBe(3000);
  });

  it('are read into their types', () => {
    const config = readConfig(
      {
        iceServers: '[{"urls":"stun:s.example:3478"},{"urls":["turn:t.example"],"username":"u","credential":"c"}]',
        allowedOrigins: 'https://a.example, http://localhost:8080',
        insecure: true,
      },
      {},
    );
    expect(config.iceServers).toEqual([
      { urls: 'stun:s.example:3478' },
      { urls: ['turn:t.example'], username: 'u', credential: 'c' },
    ]);
    expect(config.allowedOrigins).toEqual(['https://a.example', 'http://localhost:8080']);
    expect(config.insecure).toBe(true);
    expect(Object.isFrozen(config)).toBe(true);
    expect(trackSettingsOf(config)).toMatchObject({ policy: 'resilient', policyVersion: 1, maxChildren: 3 });
  });

  it('shorten the heartbeat interval and linger with the timeout, unless they were asked for', () => {
    expect(readConfig({ heartbeatTimeoutMs: '900' }, {})).toMatchObject({
      heartbeatIntervalMs: 300,
      pulseLingerMs: 90,
    });
    expect(readConfig({ heartbeatTimeoutMs: '900', heartbeatIntervalMs: '500' }, {}).heartbeatIntervalMs).toBe(500);
  });
});

describe('a wrong setting', () => {
  it('is named with its value and what is allowed, all at once', () => {
    expect(faults({ port: '99999', policy: 'best' }, { MESHLEDGER_MAX_DEPTH: '-1' })).toEqual([
      '--port: "99999" is not allowed; allowed: a whole number from 0 to 65535',
      '--policy: "best" is not allowed; allowed: shallowest, resilient',
      'MESHLEDGER_MAX_DEPTH: "-1" is not allowed; allowed: a whole number from 0 to 1000',
    ]);
  });

  it.each([
    ['port', '3e3'],
    ['port', ''],
    ['port', ' 80'],
    ['rootPeerCount', '0'],
    ['heartbeatTimeoutMs', '99'],
    ['logLevel', 'loud'],
    ['durability', 'none'],
    ['host', 'a b'],
    ['dataDir', ''],
    ['iceServers', 'stun:s.example'],
    ['iceServers', '[{"urls":"http://s.example"}]'],
    ['iceServers', '[{"url":"stun:s.example"}]'],
    ['allowedOrigins', 'a.example'],
    ['allowedOrigins', 'https://a.example/path'],
    ['subscribeToken', 'with space'],
    ['insecure', 'maybe'],
  ])('stops the start: %s %j', (name, value) => {
    expect(faults({ [name]: value })).toHaveLength(1);
  });

  it('does not show a secret', () => {
    expect(faults({ adminToken: 'my secret' })[0]).not.toContain('my secret');
  });

  it('can be one that contradicts another', () => {
    const both = { heartbeatIntervalMs: '10000', heartbeatTimeoutMs: '10000' };
    expect(faults(both)[0]).toContain('--heartbeat-interval-ms: 10000');
    expect(faults({ heartbeatTimeoutMs: '150', pulseLingerMs: '150' })[0]).toContain('--pulse-linger-ms: 150');
  });

  it('can be two places for the ICE servers', async () => {
    const path = await fileOf('[{"urls":"stun:s.example"}]');
    const both = { iceServersFile: path, iceServers: '[{"urls":"stun:s.example"}]' };
    expect(faults(both)).toEqual(['--ice-servers-file: is not allowed beside --ice-servers; allowed: one of the two']);
  });
});

describe('a file that a setting names', () => {
  it('is read at the start', async () => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const config = readConfig(
      {
        iceServersFile: await fileOf('[{"urls":"stun:s.example"}]'),
        jwtPublicKeyFile: await fileOf(publicKey.export({ type: 'spki', format: 'pem' })),
      },
      {},
    );
    expect(config.iceServersFile?.servers).toEqual([{ urls: 'stun:s.example' }]);
    expect(config.jwtPublicKeyFile?.equals(publicKey)).toBe(true);
  });

  it.each([
    ['iceServersFile', 'not there', null],
    ['iceServersFile', 'no JSON', 'stun:s.example'],
    ['jwtPublicKeyFile', 'not there', null],
    ['jwtPublicKeyFile', 'no key', 'hello'],
    ['jwtPublicKeyFile', 'a private key', ecKey('P-256').privateKey],
    ['jwtPublicKeyFile', 'a key of another curve', ecKey('P-384').publicKey],
    ['jwtPublicKeyFile', 'a weak key', rsaKey(1024)],
  ])('stops the start: %s that is %s', async (name, _case, content) => {
    const path = content === null ? join(tmpdir(), 'meshledger-no-such-file') : await fileOf(content);
    const [fault, ...more] = faults({ [name]: path });
    expect(fault).toMatch(/^--(ice-servers|jwt-public-key)-file: ".*" is not allowed; allowed: the path of a readable/);
    expect(more).toEqual([]);
  });
});

describe('listening beyond this machine', () => {
  it('needs an admin token and a subscribe token, or a word that it shall be insecure', () => {
    const host = '0.0.0.0';
    for (const some of [{}, { adminToken: 'a' }, { subscribeToken: 's' }]) {
      expect(faults({ host, ...some })[0]).toMatch(/^--host: "0.0.0.0" .*--admin-token.*--insecure/);
    }
    expect(faults({ host, adminToken: 'a', subscribeToken: 's' })).toEqual([]);
    expect(faults({ host, adminToken: 'a', jwtSecret: 's' })).toEqual([]);
    expect(faults({ host, jwtSecret: 's' })).toHaveLength(1);
    expect(faults({ host, insecure: true })).toEqual([]);
    expect(faults({ host }, { MESHLEDGER_INSECURE: '1' })).toEqual([]);
  });

  it('is told from listening on it', () => {
    expect(['127.0.0.1', '127.8.9.1', '::1', 'localhost'].map(isLoopback)).toEqual([true, true, true, true]);
    expect(['127.example.org', '::', '10.0.0.1', 'example.org'].map(isLoopback)).toEqual([false, false, false, false]);
  });
});
