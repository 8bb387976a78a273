import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { CHILDREN_PER_PEER_MAX, DEPTH_MAX, ROOT_PEER_COUNT_MAX } from '../../domain/limits.js';
import type { Scenario } from '../../simulator/scenario.js';
import { WrongUse } from '../wrong-use.js';

const MINUTE_MS = 60_000;
/** A run of a week would take minutes, and a mesh of this size has never been seen. */
const MINUTES_MAX = 10_080;
const VIEWERS_MAX = 1_000_000;
const PER_MINUTE_MAX = 1_000_000;
const PARTS_MAX = 100;

const percentage = z.number().min(0).max(100);
const minute = z.number().min(0).max(MINUTES_MAX);
const seconds = z
  .number()
  .positive()
  .max(MINUTES_MAX * 60);
const capacity = z.int().min(0).max(CHILDREN_PER_PEER_MAX);
const share = z.number().positive();

const arrivals = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('steady'),
    viewers: z.int().min(1).max(VIEWERS_MAX),
    after_minutes: minute.positive(),
  }),
  z.strictObject({
    kind: z.literal('flash'),
    viewers: z.int().min(1).max(VIEWERS_MAX),
    at_minute: minute,
    within_seconds: seconds,
  }),
  z.strictObject({
    kind: z.literal('curve'),
    points: z
      .array(z.strictObject({ minute, per_minute: z.number().min(0).max(PER_MINUTE_MAX) }))
      .min(1)
      .max(PARTS_MAX)
      .refine((points) => points.every((point, at) => at === 0 || point.minute > (points[at - 1]?.minute ?? 0)), {
        message: 'minutes must rise from point to point',
      }),
  }),
]);

const sessions = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('lognormal'),
    mu: z.number().min(-10).max(20),
    sigma: z.number().positive().max(5),
  }),
  z.strictObject({ kind: z.literal('exponential'), mean_seconds: seconds }),
  z.strictObject({ kind: z.literal('fixed'), seconds }),
]);

const capacities = z.union([
  z.strictObject({ capacity, share }),
  z
    .strictObject({ from: capacity, to: capacity, share })
    .refine(({ from, to }) => from <= to, { message: 'from must not be above to' }),
]);

const scenarioFile = z
  .strictObject({
    name: z.string().regex(/^[A-Za-z0-9._-]{1,64}$/, '1 to 64 of A-Z a-z 0-9 . _ -'),
    minutes: minute.positive(),
    measure_from_minute: minute.default(0),
    arrivals: z.array(arrivals).min(1).max(PARTS_MAX),
    sessions,
    capacities: z.array(capacities).min(1).max(PARTS_MAX),
    limits: z.strictObject({
      root_peer_count: z.int().min(1).max(ROOT_PEER_COUNT_MAX),
      max_children: z.int().min(0).max(CHILDREN_PER_PEER_MAX),
      max_depth: z.int().min(0).max(DEPTH_MAX),
    }),
    silent_leave_percentage: percentage.default(20),
    free_rider_percentage: percentage.default(0),
  })
  .refine((file) => file.measure_from_minute < file.minutes, {
    message: 'must lie before the end of the run',
    path: ['measure_from_minute'],
  });
type ScenarioFile = z.infer<typeof scenarioFile>;

/** Reads a scenario an operator wrote. @throws WrongUse when it can't be read, naming what is wrong where. */
export function readScenarioFile(path: string): Scenario {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new WrongUse(`cannot read scenario ${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
  return parseScenario(path, text);
}

/** @param path names the scenario in messages. @throws WrongUse. */
export function parseScenario(path: string, text: string): Scenario {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new WrongUse(`scenario ${path} is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  const parsed = scenarioFile.safeParse(json);
  if (parsed.success) return toScenario(parsed.data);
  const faults = parsed.error.issues.map(({ path: at, message }) => `${at.join('.') || 'the file'}: ${message}`);
  throw new WrongUse(`scenario ${path} cannot be run; ${faults.join('; ')}`);
}

function toScenario(file: ScenarioFile): Scenario {
  return {
    name: file.name,
    runMs: Math.round(file.minutes * MINUTE_MS),
    measureFromMs: Math.round(file.measure_from_minute * MINUTE_MS),
    arrivals: file.arrivals.map(toArrivals),
    sessions: toSessions(file.sessions),
    capacities: file.capacities.map((mix) =>
      'capacity' in mix ? { from: mix.capacity, to: mix.capacity, share: mix.share } : mix,
    ),
    limits: {
      rootPeerCount: file.limits.root_peer_count,
      maxChildren: file.limits.max_children,
      maxDepth: file.limits.max_depth,
    },
    silentShare: file.silent_leave_percentage / 100,
    freeRiderShare: file.free_rider_percentage / 100,
  };
}

function toArrivals(process: ScenarioFile['arrivals'][number]): Scenario['arrivals'][number] {
  switch (process.kind) {
    case 'steady':
      return { kind: 'steady', viewers: process.viewers, afterMs: process.after_minutes * MINUTE_MS };
    case 'flash':
      return {
        kind: 'flash',
        viewers: process.viewers,
        atMs: Math.round(process.at_minute * MINUTE_MS),
        withinMs: Math.max(1, Math.round(process.within_seconds * 1_000)),
      };
    case 'curve':
      return {
        kind: 'curve',
        points: process.points.map((point) => ({ atMs: point.minute * MINUTE_MS, perMinute: point.per_minute })),
      };
  }
}

function toSessions(lengths: ScenarioFile['sessions']): Scenario['sessions'] {
  return lengths.kind === 'exponential' ? { kind: 'exponential', meanSeconds: lengths.mean_seconds } : lengths;
}
