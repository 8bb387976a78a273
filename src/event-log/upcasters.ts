import { CorruptLogError } from '../domain/errors.js';
import type { TopologyEventType } from '../domain/events.js';
import { copyOfRow, typeOfCode, type TopologyRow } from './topology-row.js';

/** Turns a row of one version into a row of the next, with `version` raised by one. Pure; never fails on a row its version allowed. */
type Upcast = (row: TopologyRow) => TopologyRow;

/**
 * For each event type, the upcasts from version 1, from version 2, and so on. An old log is read as if
 * written by this version; what is stored and hashed stays as it was.
 */
export type Upcasters = Partial<Record<TopologyEventType, readonly Upcast[]>>;

/** Every event type is still at its first version. */
export const UPCASTERS: Upcasters = {};

/** The row in the newest version of its type. @throws CorruptLogError when an upcast does not raise the version. */
export function upcast(row: TopologyRow, upcasters: Upcasters): TopologyRow {
  const type = typeOfCode(row.type);
  const steps = type === undefined ? undefined : upcasters[type];
  if (steps?.[row.version - 1] === undefined) return row;
  let newest = copyOfRow(row);
  for (let step = steps[newest.version - 1]; step !== undefined; step = steps[newest.version - 1]) {
    const next = step(newest);
    if (next.version !== newest.version + 1) {
      throw new CorruptLogError(row.position, `upcast of ${type ?? ''} leaves version ${String(newest.version)}`);
    }
    newest = next;
  }
  return newest;
}
