import { SqliteEventLog } from '../../src/event-log/sqlite-event-log.js';
import { eventLogContract } from './event-log-contract.js';
import { NOW } from './sample-log.js';

eventLogContract('SqliteEventLog', (dataDir) => SqliteEventLog.open({ dataDir, nowMs: NOW }));
