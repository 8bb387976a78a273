/** How viewers arrive. Several processes add up. */
export type Arrivals =
  /** Poisson arrivals at the constant rate that brings about `viewers` online after `afterMs` from an empty start. */
  | Readonly<{ kind: 'steady'; viewers: number; afterMs: number }>
  /** So many join at random moments between `atMs` and `atMs + withinMs`. */
  | Readonly<{ kind: 'flash'; viewers: number; atMs: number; withinMs: number }>
  /** Poisson arrivals at a rate that changes at each point and stays until the next. */
  | Readonly<{ kind: 'curve'; points: readonly Readonly<{ atMs: number; perMinute: number }>[] }>;

/** How long viewers stay. `mu` and `sigma` are those of the logarithm of seconds. */
export type SessionLengths =
  | Readonly<{ kind: 'lognormal'; mu: number; sigma: number }>
  | Readonly<{ kind: 'exponential'; meanSeconds: number }>
  | Readonly<{ kind: 'fixed'; seconds: number }>;

/** A share of the viewers whose capacity is drawn uniformly from `from` to `to`. Shares are weights: they need not add up to 1. */
export type CapacityShare = Readonly<{ from: number; to: number; share: number }>;

export type ScenarioLimits = Readonly<{ rootPeerCount: number; maxChildren: number; maxDepth: number }>;

/** Everything a run depends on but the policy and the seed. */
export type Scenario = Readonly<{
  name: string;
  runMs: number;
  /** Nothing before this moment is measured: a mesh that is still filling up says little. */
  measureFromMs: number;
  arrivals: readonly Arrivals[];
  sessions: SessionLengths;
  capacities: readonly CapacityShare[];
  limits: ScenarioLimits;
  /** Share of viewers that leave without a word, 0 to 1. */
  silentShare: number;
  /** Share of viewers that forward nothing, 0 to 1. */
  freeRiderShare: number;
}>;
