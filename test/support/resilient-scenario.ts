import type { PolicyIdeas, TrackSettings } from '../../src/domain/events.js';
import { type NamedCommand, type Scenario, track } from './given-when-then.js';

/** The time of tenure in these scenarios, milliseconds. */
export const TENURE_MS = 300_000;

/** Rules under which `resilient` follows these ideas alone. */
export function resilient(ideas: Partial<PolicyIdeas>, limits: Partial<TrackSettings> = {}): TrackSettings {
  return track({ policy: 'resilient', ideas: { swap: false, heir: false, tenureMs: null, ...ideas }, ...limits });
}

export const tenure = (peerId: string): NamedCommand => {
  return (scenario) => ({ type: 'Tenure', peer: scenario.numberOf(peerId) });
};
export const clear = (peerId: string): NamedCommand => {
  return (scenario) => ({ type: 'Clear', peer: scenario.numberOf(peerId) });
};
export const revoke = (peerId: string, complaints = 2, windowMs = 5_000): NamedCommand => {
  return (scenario) => ({ type: 'Revoke', peer: scenario.numberOf(peerId), complaints, windowMs });
};
export const restore = (peerId: string): NamedCommand => {
  return (scenario) => ({ type: 'Restore', peer: scenario.numberOf(peerId) });
};

/** Lets the time of tenure pass, and tells the policy of these peers that they have reached it. @returns the same scenario. */
export function afterTenureOf(scenario: Scenario, ...peerIds: readonly string[]): Scenario {
  scenario.nowMs += TENURE_MS;
  for (const peerId of peerIds) scenario.run(tenure(peerId));
  return scenario;
}

/** What the peer does when its parent is gone, by name: `heir -> origin`, `sibling -> b`, or null. */
export function planOf(scenario: Scenario, peerId: string): string | null {
  const plan = scenario.tree.placement?.planOf(scenario.peer(peerId)) ?? null;
  return plan === null ? null : `${plan.rank} -> ${plan.connectTo?.identity?.peerId ?? 'origin'}`;
}

/** The parent of a placed peer by name. */
export function parentOf(scenario: Scenario, peerId: string): string {
  return scenario.peer(peerId).parent?.identity?.peerId ?? 'origin';
}
