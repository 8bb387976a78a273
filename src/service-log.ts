import type { LoggerService } from '@nestjs/common';
import { destination, pino, type Logger } from 'pino';
import type { WriterListener } from './topology/writer-events.js';

/** Lines for machines go to stderr as JSON; stdout belongs to what a person reads. */
export function createServiceLog(level: string): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination({ fd: 2, sync: true }),
  );
}

/** Nest's own messages are of interest when Nest fails; its start-up chatter is not. */
export function nestLogger(log: Logger): LoggerService {
  return {
    log: () => undefined,
    error: (message: unknown, ...details: unknown[]) => {
      log.error({ details }, String(message));
    },
    warn: (message: unknown) => {
      log.warn(String(message));
    },
  };
}

/** What of the writer's life an operator must see. */
export function writerLog(log: Logger): WriterListener {
  return {
    storageFailed: (error) => {
      log.error({ reason: error.message }, 'the log cannot be written; commands are refused until it can');
    },
    storageRecovered: (gapMs) => {
      log.warn({ gapMs }, 'the log can be written again');
    },
    wasAway: (gapMs) => {
      log.warn({ gapMs }, 'the service was away; all deadlines restart, and nobody is timed out for it');
    },
    trackStopped: (trackId, position, fault) => {
      log.error({ trackId, position, fault }, 'a track is stopped: its log cannot be gone on with');
    },
  };
}
