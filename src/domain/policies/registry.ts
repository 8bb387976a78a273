import type { TrackSettings } from '../events.js';
import type { Placement, PlacementPolicy } from './placement-policy.js';
import { resilient } from './resilient.js';
import { shallowest } from './shallowest.js';

/** Every released policy version. They stay, so that old logs can be decided again by the rules of their day. */
const RELEASED: readonly PlacementPolicy[] = [shallowest, resilient];

/** Names an operator can choose from. */
export const POLICY_NAMES: readonly string[] = [...new Set(RELEASED.map((policy) => policy.name))];

/** @returns null when this build does not have that policy, or not in that version. */
export function findPolicy(name: string, version: number): PlacementPolicy | null {
  return RELEASED.find((policy) => policy.name === name && policy.version === version) ?? null;
}

/** The version a newly opened track gets. @returns null for an unknown name. */
export function newestPolicy(name: string): PlacementPolicy | null {
  return RELEASED.findLast((policy) => policy.name === name) ?? null;
}

/** The policy a track was opened with, at work. @returns null when this build does not have it: the log can be replayed, not decided. */
export function placementFor(settings: TrackSettings): Placement | null {
  return findPolicy(settings.policy, settings.policyVersion)?.begin(settings) ?? null;
}
