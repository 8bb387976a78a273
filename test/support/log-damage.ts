import { join } from 'node:path';
import Database from 'better-sqlite3';

/** Path of the first, and here the only, file of a log. */
export function logFile(dataDir: string): string {
  return join(dataDir, 'log-000001.sqlite');
}

/** Changes a log as somebody with the file and an SQLite shell would: without the triggers that refuse it. */
export function damageLog(dataDir: string, ...statements: readonly string[]): void {
  const database = new Database(logFile(dataDir));
  try {
    const triggers = database
      .prepare(`SELECT name FROM sqlite_schema WHERE type = 'trigger'`)
      .pluck()
      .all() as string[];
    for (const trigger of triggers) database.exec(`DROP TRIGGER "${trigger}"`);
    for (const statement of statements) {
      if (database.prepare(statement).run().changes === 0) throw new Error(`nothing was damaged by: ${statement}`);
    }
  } finally {
    database.close();
  }
}

/** One number that a log holds. */
export function numberInLog(dataDir: string, query: string): number {
  const database = new Database(logFile(dataDir), { readonly: true });
  try {
    return database.prepare(query).pluck().get() as number;
  } finally {
    database.close();
  }
}
