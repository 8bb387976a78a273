import { type Rejection, rejection, type SettingsChange } from './commands.js';
import type { TrackSettings } from './events.js';
import {
  CHILDREN_PER_PEER_MAX,
  DEPTH_MAX,
  HEARTBEAT_TIMEOUT_MS_MAX,
  HEARTBEAT_TIMEOUT_MS_MIN,
  ROOT_PEER_COUNT_MAX,
  TENURE_MS_MAX,
} from './limits.js';
import { findPolicy, newestPolicy } from './policies/registry.js';

/**
 * The rules as they would be.
 *
 * @returns rejection `invalid_message` for a policy or version this build does not have, and for a limit out of its range.
 */
export function changedSettings(present: TrackSettings, change: SettingsChange): TrackSettings | Rejection {
  const { policy = present.policy } = change;
  const version = change.policyVersion ?? versionFor(present, change);
  if (version === null || findPolicy(policy, version) === null)
    return rejection('invalid_message', `policy ${policy}${versionText(version)} is not in this build`);
  const { ideas: presentIdeas, ...limits } = present;
  const ideas = change.ideas ?? (policy === present.policy ? presentIdeas : undefined);
  const changed = { ...limits, ...change, policy, policyVersion: version };
  const fault = faultOfLimits(changed) ?? faultOfTenure(ideas?.tenureMs ?? null);
  if (fault !== null) return rejection('invalid_message', fault);
  if (ideas !== undefined) return { ...changed, ideas };
  return changed;
}

/** Whether two tracks with these rules would decide alike. */
export function isSameSettings(one: TrackSettings, other: TrackSettings): boolean {
  const { ideas, ...limits } = one;
  const isSame = (Object.keys(limits) as (keyof typeof limits)[]).every((key) => one[key] === other[key]);
  if (!isSame || ideas === undefined || other.ideas === undefined) return isSame && ideas === other.ideas;
  return (Object.keys(ideas) as (keyof typeof ideas)[]).every((key) => ideas[key] === other.ideas?.[key]);
}

function versionFor(present: TrackSettings, change: SettingsChange): number | null {
  return change.policy === undefined ? present.policyVersion : (newestPolicy(change.policy)?.version ?? null);
}

function versionText(version: number | null): string {
  return version === null ? '' : ` version ${String(version)}`;
}

function faultOfLimits(settings: TrackSettings): string | null {
  const { rootPeerCount, maxChildren, maxDepth, heartbeatTimeoutMs } = settings;
  return (
    faultOfRange('root_peer_count', rootPeerCount, 1, ROOT_PEER_COUNT_MAX) ??
    faultOfRange('max_children', maxChildren, 0, CHILDREN_PER_PEER_MAX) ??
    faultOfRange('max_depth', maxDepth, 0, DEPTH_MAX) ??
    faultOfRange('heartbeat_timeout_ms', heartbeatTimeoutMs, HEARTBEAT_TIMEOUT_MS_MIN, HEARTBEAT_TIMEOUT_MS_MAX)
  );
}

function faultOfTenure(tenureMs: number | null): string | null {
  return tenureMs === null ? null : faultOfRange('tenure_ms', tenureMs, 0, TENURE_MS_MAX);
}

function faultOfRange(name: string, value: number, lowest: number, highest: number): string | null {
  if (Number.isInteger(value) && value >= lowest && value <= highest) return null;
  return `${name}: ${String(value)} is not allowed; allowed: a whole number from ${String(lowest)} to ${String(highest)}`;
}
