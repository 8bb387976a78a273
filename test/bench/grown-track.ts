import type { Outcome, TopologyCommand } from '../../src/domain/commands.js';
import { decide } from '../../src/domain/decide.js';
import type { Emit } from '../../src/domain/recording.js';
import type { TrackSettings } from '../../src/domain/events.js';
import type { PeerNumber } from '../../src/domain/ids.js';
import { RelayTree } from '../../src/domain/relay-tree.js';
import { randomBelow, seededRandom } from './seeded-random.js';

/** 31 January 2026, 20:14:00 UTC. */
export const STARTED_AT = Date.UTC(2026, 0, 31, 20, 14, 0);

/** Deep enough for a million peers, so that a join always finds room. */
export const ROOMY_SETTINGS: TrackSettings = {
  policy: 'shallowest',
  policyVersion: 1,
  rootPeerCount: 30,
  maxChildren: 3,
  maxDepth: 30,
  heartbeatTimeoutMs: 10_000,
};
export const ROOMY_SETTINGS_TEXT = '30 roots, 3 children, depth 30, policy shallowest';

/** The policies that are measured beside each other, with what stands between the name of a benchmark and its size. */
export const POLICY_TAGS = { resilient: '', shallowest: 'shallowest_' } as const;
export type MeasuredPolicy = keyof typeof POLICY_TAGS;
export const MEASURED_POLICIES = Object.keys(POLICY_TAGS) as MeasuredPolicy[];

/** A track with room for everybody under this policy. */
export function roomyTrack(policy: MeasuredPolicy): GrownTrack {
  return new GrownTrack(() => undefined, 1, { ...ROOMY_SETTINGS, policy });
}

export function roomyText(policy: MeasuredPolicy): string {
  return ROOMY_SETTINGS_TEXT.replace('shallowest', policy === 'resilient' ? 'resilient, nobody tenured' : policy);
}

/** Every fourth peer is a pure viewer; the others serve 1 to 3 children, 1.65 on average over all. */
const CLAIMS: readonly (number | null)[] = [null, 0, 1, 2, 3, 2, 1, 0, null, 2, 3, 0];
export const CLAIMS_TEXT = 'claims of 0 to 3 children or none';

const PEERS_MAX = 2_000_000;
/** As a resume hash is stored: SHA-256 in hex. */
const RESUME_HASH = 'c0ffee00'.repeat(8);

/** A track in memory that is changed by commands, as the writer changes one, without a log. */
export class GrownTrack {
  readonly tree = new RelayTree();
  readonly #random: () => number;
  #joins = 0;
  #nowMs = STARTED_AT;

  /** @param emit takes every event; by default nobody does. */
  constructor(
    private readonly emit: Emit = () => undefined,
    seed = 1,
    private readonly settings = ROOMY_SETTINGS,
  ) {
    this.#random = seededRandom(seed);
  }

  /** Joins peers until the track has `size`. */
  growTo(size: number): this {
    while (this.tree.size < size) this.run(this.nextJoin());
    return this;
  }

  /** The join of somebody new, ready to run. */
  nextJoin(): Extract<TopologyCommand, { type: 'Join' }> {
    this.#joins += 1;
    const capacity = CLAIMS[randomBelow(this.#random, CLAIMS.length)] ?? null;
    const peerId = `${Math.floor(this.#random() * 2 ** 32).toString(16)}-${String(this.#joins)}`;
    const identity = { peerId, resumeHash: RESUME_HASH };
    return { type: 'Join', identity, capacity, settings: this.settings, peersMax: PEERS_MAX, replace: false };
  }

  run(command: TopologyCommand): Outcome {
    return decide(this.tree, command, this.#nowMs, this.emit);
  }

  later(ms: number): void {
    this.#nowMs += ms;
  }

  /** Numbers of those present, in order of joining. */
  numbers(): PeerNumber[] {
    return [...this.tree.peers()].map((peer) => peer.number);
  }
}
