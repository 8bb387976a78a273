/**
 * The result code of an error of SQLite, such as `SQLITE_BUSY`; null for any other error. By the code and not by
 * the class: better-sqlite3 has one error class for each process, its importers may have several of the module.
 */
export function sqliteCode(error: unknown): string | null {
  const code: unknown = typeof error === 'object' && error !== null && 'code' in error ? error.code : null;
  return typeof code === 'string' && code.startsWith('SQLITE_') ? code : null;
}

/** Whether an error of SQLite says that the file itself is broken. */
export function isDamage(error: unknown): error is Error {
  const code = sqliteCode(error) ?? '';
  return code.startsWith('SQLITE_CORRUPT') || code.startsWith('SQLITE_NOTADB') || code === 'SQLITE_IOERR_SHORT_READ';
}

const REFUSALS = ['SQLITE_FULL', 'SQLITE_READONLY', 'SQLITE_CANTOPEN', 'SQLITE_PERM', 'SQLITE_IOERR'];

/** Whether an error of SQLite says that the storage cannot be written, and nothing of what is in the file. */
export function isRefusal(error: unknown): error is Error {
  const code = sqliteCode(error) ?? '';
  return !isDamage(error) && REFUSALS.some((refusal) => code.startsWith(refusal));
}
