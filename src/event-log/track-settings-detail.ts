import type { PolicyIdeas, TrackSettings } from '../domain/events.js';

/** `detail` of `TrackOpened` and `TrackConfigured`: JSON in a fixed order of keys, because its bytes are hashed. */
export function detailOfSettings(settings: TrackSettings): string {
  return JSON.stringify({
    policy: settings.policy,
    policy_version: settings.policyVersion,
    root_peer_count: settings.rootPeerCount,
    max_children: settings.maxChildren,
    max_depth: settings.maxDepth,
    heartbeat_timeout_ms: settings.heartbeatTimeoutMs,
    ...(settings.ideas === undefined ? {} : { ideas: ideasDetail(settings.ideas) }),
  });
}

function ideasDetail({ swap, heir, tenureMs }: PolicyIdeas): object {
  return { swap, heir, tenure_ms: tenureMs };
}

/** The settings back, or null when `detail` is not what `detailOfSettings` writes. */
export function settingsOfDetail(detail: string): TrackSettings | null {
  const stored = parseObject(detail);
  if (stored === null || typeof stored['policy'] !== 'string') return null;
  const numbers = [
    stored['policy_version'],
    stored['root_peer_count'],
    stored['max_children'],
    stored['max_depth'],
    stored['heartbeat_timeout_ms'],
  ].filter(isCount);
  const [policyVersion, rootPeerCount, maxChildren, maxDepth, heartbeatTimeoutMs] = numbers;
  // All five are there exactly when the last one is.
  if (
    policyVersion === undefined ||
    rootPeerCount === undefined ||
    maxChildren === undefined ||
    maxDepth === undefined ||
    heartbeatTimeoutMs === undefined
  ) {
    return null;
  }
  const settings = {
    policy: stored['policy'],
    policyVersion,
    rootPeerCount,
    maxChildren,
    maxDepth,
    heartbeatTimeoutMs,
  };
  if (stored['ideas'] === undefined) return settings;
  const ideas = ideasOfDetail(stored['ideas']);
  return ideas === null ? null : { ...settings, ideas };
}

function ideasOfDetail(stored: unknown): PolicyIdeas | null {
  if (typeof stored !== 'object' || stored === null) return null;
  const { swap, heir, tenure_ms: tenureMs } = stored as Record<string, unknown>;
  if (typeof swap !== 'boolean' || typeof heir !== 'boolean') return null;
  return tenureMs === null || isCount(tenureMs) ? { swap, heir, tenureMs } : null;
}

function parseObject(text: string): Record<string, unknown> | null {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
