import * as z from 'zod';
import type { SettingsChange } from '../domain/commands.js';
import {
  CHILDREN_PER_PEER_MAX,
  DEPTH_MAX,
  HEARTBEAT_TIMEOUT_MS_MAX,
  HEARTBEAT_TIMEOUT_MS_MIN,
  ROOT_PEER_COUNT_MAX,
  TENURE_MS_MAX,
} from '../domain/limits.js';
import { POLICY_NAMES } from '../domain/policies/registry.js';
import { Problem } from './problem.js';

const wholeNumber = (lowest: number, highest: number) =>
  z
    .int({ error: `a whole number from ${String(lowest)} to ${String(highest)}` })
    .min(lowest, { error: `at least ${String(lowest)}` })
    .max(highest, { error: `at most ${String(highest)}` })
    .optional();

/** What `POST .../configure` takes: any of these, at least one. Unknown keys are refused: a misspelt limit must not pass for a change. */
export const configureBody = z
  .strictObject({
    policy: z.enum(POLICY_NAMES as [string, ...string[]], { error: `one of ${POLICY_NAMES.join(', ')}` }).optional(),
    policy_version: wholeNumber(1, Number.MAX_SAFE_INTEGER),
    ideas: z
      .strictObject({
        swap: z.boolean(),
        heir: z.boolean(),
        tenure_ms: z.int().min(0).max(TENURE_MS_MAX).nullable(),
      })
      .optional(),
    root_peer_count: wholeNumber(1, ROOT_PEER_COUNT_MAX),
    max_children: wholeNumber(0, CHILDREN_PER_PEER_MAX),
    max_depth: wholeNumber(0, DEPTH_MAX),
    heartbeat_timeout_ms: wholeNumber(HEARTBEAT_TIMEOUT_MS_MIN, HEARTBEAT_TIMEOUT_MS_MAX),
  })
  .refine((body) => Object.keys(body).length > 0, { error: 'name at least one rule to change' });

/** @throws Problem `invalid_message` that names the field and what is allowed. */
export function parseSettingsChange(body: unknown): SettingsChange {
  const parsed = configureBody.safeParse(body);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const field = issue?.path.join('.') ?? '';
    throw new Problem('invalid_message', `${field === '' ? '' : `${field}: `}${issue?.message ?? 'invalid'}`);
  }
  const { policy, policy_version, ideas, root_peer_count, max_children, max_depth, heartbeat_timeout_ms } = parsed.data;
  return {
    ...(policy === undefined ? {} : { policy }),
    ...(policy_version === undefined ? {} : { policyVersion: policy_version }),
    ...(ideas === undefined ? {} : { ideas: { swap: ideas.swap, heir: ideas.heir, tenureMs: ideas.tenure_ms } }),
    ...(root_peer_count === undefined ? {} : { rootPeerCount: root_peer_count }),
    ...(max_children === undefined ? {} : { maxChildren: max_children }),
    ...(max_depth === undefined ? {} : { maxDepth: max_depth }),
    ...(heartbeat_timeout_ms === undefined ? {} : { heartbeatTimeoutMs: heartbeat_timeout_ms }),
  };
}
