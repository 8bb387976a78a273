import type { TrackSettings } from '../events.js';
import type { Placement, PlacementPolicy } from './placement-policy.js';
import { resilient } from './resilient.js';
import { shallowest } from './shallowest.js';

/** Every released policy version. They stay, so that old logs can be decided again by the rules of their day. */
const RELEASED: readonly PlacementPolicy[] = [shallowest, resilient];

/** Those of `registerPolicy`. */
const registered = new Set<PlacementPolicy>();

/** Names an operator can choose from. */
export const POLICY_NAMES: readonly string[] = [...new Set(RELEASED.map((policy) => policy.name))];

/**
 * Makes a policy known that is not released: one that is being tried, or that a test needs. A track that was decided by it stops where it
 * is not known.
 *
 * @returns what makes it unknown again.
 * @throws Error when there is a policy of that name and version already: what a version decides must never change.
 */
export function registerPolicy(policy: PlacementPolicy): () => void {
  const { name, version } = policy;
  if (findPolicy(name, version) !== null) throw new Error(`policy ${name} version ${String(version)} is there already`);
  registered.add(policy);
  return () => {
    registered.delete(policy);
  };
}

/** @returns null when this build does not have that policy, or not in that version. */
export function findPolicy(name: string, version: number): PlacementPolicy | null {
  return known().find((policy) => policy.name === name && policy.version === version) ?? null;
}

/** The version a newly opened track gets. @returns null for an unknown name. */
export function newestPolicy(name: string): PlacementPolicy | null {
  const versions = known().filter((policy) => policy.name === name);
  return versions.reduce<PlacementPolicy | null>(
    (newest, policy) => (newest === null || policy.version > newest.version ? policy : newest),
    null,
  );
}

/** The policy that the rules of a track name, at work. @returns null when this build does not have it: the log can be replayed, not decided. */
export function placementFor(settings: TrackSettings): Placement | null {
  return findPolicy(settings.policy, settings.policyVersion)?.begin(settings) ?? null;
}

function known(): readonly PlacementPolicy[] {
  return registered.size === 0 ? RELEASED : [...RELEASED, ...registered];
}
