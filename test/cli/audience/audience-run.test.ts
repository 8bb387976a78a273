import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Audience } from '../../../src/cli/audience/audience.js';
import type { AudienceSettings } from '../../../src/cli/audience/audience-settings.js';
import type { AudienceSummary } from '../../../src/cli/audience/audience-summary.js';
import { type AudienceOutcome, runAudience } from '../../../src/cli/audience/run-audience.js';
import { planViewer } from '../../../src/cli/audience/viewer-plan.js';
import type { ViolatedRule } from '../../../src/cli/audience/violations.js';
import { type FakeOptions, FakeService, type Faults } from './fake-service.js';

const services: FakeService[] = [];

async function service(options: FakeOptions = {}): Promise<FakeService> {
  const started = await new FakeService(options).start();
  services.push(started);
  return started;
}

afterEach(async () => {
  for (const started of services.splice(0)) await started.stop();
});

function settings(url: string, changed: Partial<AudienceSettings> = {}): AudienceSettings {
  return {
    url,
    track: 'live/x',
    peers: 20,
    churn: false,
    seconds: 1,
    seed: 7,
    joinRatePerSecond: 500,
    token: null,
    adminToken: null,
    leaveAtEnd: false,
    checkLog: true,
    ackTimeoutMs: 10_000,
    reachTimeoutMs: 10_000,
    ...changed,
  };
}

/** Runs until the time is up, or until `enough` says so, which is asked about twice a second. */
function run(
  url: string,
  changed: Partial<AudienceSettings> = {},
  enough: (audience: Audience) => boolean = () => false,
): Promise<AudienceOutcome> {
  const stop = new AbortController();
  return runAudience(settings(url, changed), stop.signal, (progress) => {
    if (progress.phase === 'watching' && enough(progress.audience)) stop.abort();
  });
}

async function finished(outcome: Promise<AudienceOutcome>): Promise<AudienceSummary> {
  const ended = await outcome;
  if (ended.kind !== 'finished') throw new Error(ended.reason);
  return ended.summary;
}

describe('an audience of a service that keeps the contract', () => {
  it('joins, beats, reports and signals without a violation, and finds every acknowledged position in the log', async () => {
    const fake = await service();
    const summary = await finished(
      run(
        fake.url,
        { peers: 40, seconds: 20 },
        ({ online, tally }) => online === 40 && tally.pulseLatency.figures().count > 100,
      ),
    );
    expect(summary.first_violations).toEqual([]);
    expect(summary).toMatchObject({ joins: 40, online_at_end: 40, leaves: 0, rejections_unexpected: {} });
    expect(summary.positions).toMatchObject({ missing: 0, wrong: 0, moves_unexplained: 0 });
    expect(summary.positions?.checked).toBe(summary.positions?.acknowledged);
    expect(Object.keys(summary.acks_by_kind)).toEqual(
      expect.arrayContaining(['register', 'heartbeat', 'forward_report', 'offer', 'answer', 'ice_candidate']),
    );
    expect(summary.pulse_latency.count).toBeGreaterThan(100);
    expect(fake.topology.peers.size).toBe(40);
  });

  it('keeps the audience complete when viewers depart, one in five without a word', async () => {
    const fake = await service();
    const enough = ({ online, tally }: Audience): boolean =>
      online > 40 && tally.leaves > 10 && tally.silentDepartures > 0 && tally.joins > 70 && tally.peerLefts > 0;
    // The shorter the run, the shorter the sessions; by this seed four viewers vanish within the first half.
    const plan = { churn: true, peers: 60, seconds: 6, seed: 11, leaveAtEnd: true };
    const summary = await finished(run(fake.url, plan, enough));
    expect(summary.first_violations).toEqual([]);
    expect(summary.leaves).toBeGreaterThan(40);
    expect(summary.silent_departures).toBeGreaterThan(0);
    expect(summary.online_at_end).toBeGreaterThan(20);
    expect(summary.joins).toBeGreaterThan(60);
    expect(summary.peer_left).toBeGreaterThan(0);
  });

  it('comes back after the service was killed and started again, every peer in its place', async () => {
    const fake = await service();
    let restarted: Promise<unknown> | null = null;
    const summary = await finished(
      run(fake.url, { seconds: 30 }, ({ online, tally }) => {
        // Whoever has not joined yet would join, and not resume.
        if (online === 20) restarted ??= fake.stop().then(() => fake.start());
        return tally.resumes === 20 && online === 20;
      }),
    );
    expect(summary.first_violations).toEqual([]);
    expect(summary).toMatchObject({ joins: 20, resumes: 20, online_at_end: 20 });
    expect(summary.disconnects).toBeGreaterThanOrEqual(20);
  });

  it('registers again when the service does not know a peer any more', async () => {
    const fake = await service();
    let timedOut: string | null = null;
    const summary = await finished(
      run(fake.url, { seconds: 10 }, ({ tally }) => {
        if (timedOut === null) fake.timeOut((timedOut = [...fake.topology.peers.keys()].at(0)!));
        return tally.rejoins === 1;
      }),
    );
    expect(summary.first_violations).toEqual([]);
    expect(summary).toMatchObject({ joins: 20, rejoins: 1, online_at_end: 20 });
    expect(summary.rejections_expected['not_registered']).toBeGreaterThan(0);
  });

  it('sends again what the service was too busy for', async () => {
    const fake = await service({ busyEvery: 7 });
    const summary = await finished(run(fake.url, { seconds: 10 }, (audience) => audience.online === 20));
    expect(summary.first_violations).toEqual([]);
    expect(summary).toMatchObject({ joins: 20, online_at_end: 20 });
    expect(summary.rejections_expected['busy']).toBeGreaterThan(0);
  });

  it('reads the log as pages of JSON as well, with the admin token', async () => {
    const fake = await service({ json: true, adminToken: 'secret' });
    const enough = ({ tally }: Audience): boolean => tally.pulseLatency.figures().count > 100;
    const summary = await finished(run(fake.url, { adminToken: 'secret', seconds: 10 }, enough));
    expect(summary.violations).toBe(0);
    expect(summary.positions?.checked).toBeGreaterThan(100);
  });
});

describe('a service that cannot be used', () => {
  it('is told from one that can before the run, when reading the log is refused', async () => {
    const fake = await service({ adminToken: 'secret' });
    const outcome = await run(fake.url);
    expect(outcome).toMatchObject({ kind: 'unusable', reason: expect.stringContaining('--admin-token') });
    expect(fake.heard.size).toBe(0);
  });

  it('is named when no peer can connect', async () => {
    const fake = await service();
    await fake.stop();
    expect(await run(fake.url, { reachTimeoutMs: 400 })).toMatchObject({
      kind: 'unusable',
      reason: expect.stringContaining(fake.url),
    });
  });
});

describe('a service that breaks the contract is found out when it', () => {
  const broken: readonly (readonly [string, ViolatedRule, Faults])[] = [
    [
      'loses an acknowledged position',
      'acknowledged_position_missing',
      { forgets: (type) => type === 'HeartbeatReceived' },
    ],
    [
      'acknowledges a heartbeat at the position of another event',
      'acknowledged_position_wrong',
      { answer: onlyFor('heartbeat', (answer) => ({ ...answer, position: Number(answer['position']) - 1 })) },
    ],
    ['answers a heartbeat without a position', 'answer_shape', { answer: onlyFor('heartbeat', () => ({ ok: true })) }],
    [
      'answers a forward report with a code of its own',
      'answer_shape',
      { answer: onlyFor('forward_report', () => ({ ok: false, code: 'sorry', reason: 'no' })) },
    ],
    [
      'goes back in position',
      'position_went_back',
      { answer: onlyFor('forward_report', (answer) => ({ ...answer, position: 1 })) },
    ],
    ['never answers', 'unanswered', { answer: onlyFor('forward_report', () => undefined) }],
    [
      'refuses a valid message as invalid',
      'refused_valid_message',
      { answer: onlyFor('offer', () => ({ ok: false, code: 'invalid_message', reason: 'no' })) },
    ],
    [
      'answers another resume token than the one it was given',
      'resume_token_changed',
      { answer: onlyFor('register', (answer) => ({ ...answer, resume_token: 'x'.repeat(22) })) },
    ],
    [
      'makes a peer a root with a parent',
      'assignment_inconsistent',
      { assignment: (assignment) => ({ ...assignment, role: 'Root', parent_id: 'someone' }) },
    ],
    ['signs a signal with another name', 'signal_misrouted', { signsAs: 'someone' }],
  ];

  const outcomes = new Map<string, AudienceOutcome>();

  // They wait most of the time, so they wait together.
  beforeAll(async () => {
    await Promise.all(
      broken.map(async ([fault, rule, faults]) => {
        const fake = await service({ faults, heartbeatIntervalMs: 50 });
        const ackTimeoutMs = rule === 'unanswered' ? 400 : 10_000;
        // Some faults are seen at once, others only when the log is looked at after the run.
        const enough = ({ violations, tally }: Audience): boolean =>
          violations.count > 0 || tally.pulseLatency.figures().count > 100;
        outcomes.set(fault, await run(fake.url, { peers: 12, seconds: 10, ackTimeoutMs }, enough));
      }),
    );
  });

  it.each(broken)('%s', async (fault, rule) => {
    const outcome = outcomes.get(fault);
    if (outcome === undefined) throw new Error('the run did not end');
    const summary = await finished(Promise.resolve(outcome));
    expect(summary.violations_by_rule[rule]).toBeGreaterThan(0);
    expect(summary.first_violations.map((violation) => violation.rule)).toContain(rule);
  });

  it('moves a peer on resume without a decision', async () => {
    const faults: Faults = {
      assignment: (assignment, why) =>
        why === 'resume' ? { ...assignment, role: 'Leaf', parent_id: 'elsewhere', depth: 1 } : assignment,
    };
    const fake = await service({ faults });
    let restarted: Promise<unknown> | null = null;
    const summary = await finished(
      run(fake.url, { seconds: 30 }, ({ online, tally }) => {
        // Whoever has not joined yet would join, and not resume.
        if (online === 20) restarted ??= fake.stop().then(() => fake.start());
        return tally.resumes === 20 && online === 20;
      }),
    );
    expect(summary.violations_by_rule['moved_without_decision']).toBeGreaterThanOrEqual(20);
  });

  it('answers the same register twice in different ways', async () => {
    let answers = 0;
    const faults: Faults = {
      answer: onlyFor('register', (answer) => ({ ...answer, heartbeat_interval_ms: 1_000 + answers++ })),
    };
    const fake = await service({ faults });
    const enough = ({ violations }: Audience): boolean => violations.count > 0;
    const summary = await finished(run(fake.url, { seed: seedWithRetry(20), seconds: 10 }, enough));
    expect(summary.violations_by_rule['retry_answered_differently']).toBeGreaterThan(0);
  });

  it('refuses the offers of a child to its parent for good', async () => {
    const refused = { ok: false, code: 'forbidden_target', reason: 'not your parent' };
    const fake = await service({ faults: { answer: onlyFor('offer', () => refused) } });
    const enough = ({ violations }: Audience): boolean => violations.count > 0;
    const summary = await finished(run(fake.url, { seconds: 10 }, enough));
    expect(summary.violations_by_rule['signal_refused']).toBeGreaterThan(0);
  });

  it('leaves a superseded session open', async () => {
    const fake = await service();
    let superseded: string | null = null;
    const enough = ({ violations }: Audience): boolean => {
      if (superseded === null) fake.supersede((superseded = [...fake.topology.peers.keys()].at(0)!));
      return violations.count > 0;
    };
    const summary = await finished(run(fake.url, { seconds: 10, ackTimeoutMs: 1_000 }, enough));
    expect(summary.violations_by_rule).toEqual({ superseded_session_stays_open: 1 });
    expect(summary).toMatchObject({ superseded: 1, given_up: 1 });
  });
});

function seedWithRetry(peers: number): number {
  for (let seed = 0; ; seed++) {
    for (let viewer = 0; viewer < peers; viewer++) if (planViewer(seed, viewer, false, 1).registersTwice) return seed;
  }
}

function onlyFor(kind: string, change: (answer: Record<string, unknown>) => unknown): NonNullable<Faults['answer']> {
  return (asked, answer) => (asked === kind ? change(answer) : answer);
}
