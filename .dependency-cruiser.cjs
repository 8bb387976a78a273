/**
 * The dependency rule of docs/ARCHITECTURE.md: folders are capabilities, and imports go one way only.
 * `allowed` lists, for each folder, all that it may import of ours.
 */
const rooms = {
  domain: [],
  protocol: [],
  'event-log': ['domain', 'migrations'],
  topology: ['domain', 'event-log', 'clock'],
  history: ['domain', 'event-log'],
  maintenance: ['domain', 'event-log', 'topology', 'history', 'clock'],
  gateway: ['domain', 'protocol', 'topology', 'clock', 'config'],
  admin: ['history', 'topology', 'protocol', 'domain', 'clock', 'config', 'maintenance'],
  simulator: ['domain'],
  sdk: ['protocol'],
  example: ['sdk'],
};
const path = (room) =>
  room === 'migrations'
    ? '^migrations/'
    : room === 'clock' || room === 'config'
      ? `^src/${room}[.]ts$`
      : `^src/${room}/`;

module.exports = {
  forbidden: [
    ...Object.entries(rooms).map(([room, allowed]) => ({
      name: `${room}-imports-only-${allowed.join('-and-') || 'itself'}`,
      severity: 'error',
      from: { path: `^src/${room}/` },
      to: { path: '^(src|migrations)/', pathNot: [path(room), ...allowed.map(path)] },
    })),
    {
      name: 'domain-and-protocol-know-no-node-and-no-framework',
      severity: 'error',
      from: { path: '^src/(domain|protocol)/' },
      to: { dependencyTypes: ['core', 'npm', 'npm-dev', 'npm-peer', 'npm-optional'], pathNot: '^node_modules/zod/' },
    },
    {
      name: 'domain-knows-no-zod',
      severity: 'error',
      from: { path: '^src/domain/' },
      to: { dependencyTypes: ['npm'] },
    },
    {
      name: 'sdk-needs-socket-io-client-alone',
      severity: 'error',
      from: { path: '^src/(sdk|example)/' },
      to: {
        dependencyTypes: ['core', 'npm', 'npm-dev', 'npm-peer', 'npm-optional'],
        pathNot: '^node_modules/socket[.]io-client/',
      },
    },
    {
      // Schemas are for the service; the client would carry all of zod for them.
      name: 'sdk-takes-only-types-from-protocol',
      severity: 'error',
      from: { path: '^src/sdk/' },
      to: { path: '^src/protocol/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'sql-only-in-event-log',
      severity: 'error',
      from: { path: '^(src|migrations)/', pathNot: '^(src/event-log|migrations)/' },
      to: { path: '^node_modules/(kysely|better-sqlite3)/' },
    },
    {
      name: 'sockets-and-tokens-only-in-gateway',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/gateway/' },
      to: { path: '^node_modules/(socket[.]io|ws|jose|@nestjs/(websockets|platform-socket[.]io))/' },
    },
    {
      name: 'cli-knows-no-gateway-but-through-serve',
      severity: 'error',
      from: { path: '^src/cli/' },
      to: { path: '^src/(gateway|dashboard)/' },
    },
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { extensions: ['.ts', '.js', '.mjs'] },
  },
};
