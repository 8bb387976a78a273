import type { Position } from '../../domain/ids.js';
import type { Incident, IncidentKind } from './incident.js';

/** Which rule tells a happening that meets several of them. */
const RANKS: Readonly<Record<IncidentKind, number>> = {
  departures: 0,
  service_gap: 1,
  forwarding_failed: 2,
  interruption: 3,
  long_wait: 4,
  offload_drop: 5,
  restless_peer: 6,
};

/** Those up to here are always told on their own: they are where a happening begins. */
const TOLD_ALWAYS_RANK = RANKS.forwarding_failed;

/**
 * One happening is one incident: what has at least half of its causes in common with an incident of a stronger rule is a consequence
 * of that, and told with it. In order of their first event.
 */
export function toldOnce(found: readonly Incident[]): Incident[] {
  const ranked = found
    .map((incident, index) => ({ incident, index }))
    .sort(
      (one, other) =>
        RANKS[one.incident.kind] - RANKS[other.incident.kind] ||
        one.incident.firstPosition - other.incident.firstPosition ||
        one.index - other.index,
    );
  const told: Incident[] = [];
  const ownerOf = new Map<Position, Incident>();
  for (const { incident } of ranked) {
    const owner = RANKS[incident.kind] <= TOLD_ALWAYS_RANK ? null : mainOwner(incident, ownerOf);
    if (owner === null) told.push(incident);
    else owner.consequences.push(incident);
    for (const cause of incident.causes) if (!ownerOf.has(cause)) ownerOf.set(cause, owner ?? incident);
  }
  return told.sort((one, other) => one.firstPosition - other.firstPosition);
}

/** Null when none has half of its causes. */
function mainOwner({ causes }: Incident, ownerOf: ReadonlyMap<Position, Incident>): Incident | null {
  const shares = new Map<Incident, number>();
  for (const cause of causes) {
    const owner = ownerOf.get(cause);
    if (owner !== undefined) shares.set(owner, (shares.get(owner) ?? 0) + 1);
  }
  for (const [owner, share] of shares) if (share * 2 >= causes.length) return owner;
  return null;
}
