import { afterEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { BATCH_COMMANDS_MAX, DECIDING_MS_MAX, TICK_MS } from '../../src/topology/limits.js';
import { codeOf, settled, TopologyRig } from '../support/topology-rig.js';

const TIMEOUT = 10_000;
/** What deciding a command takes on a slow machine, as far as it looks at the time. */
const DECISION_MS = 2;
/** What one batch finds time for. */
const DECISIONS_MAX = DECIDING_MS_MAX / DECISION_MS;
/** How often a test looks whether everybody was answered, before it gives up. */
const LOOKS_MAX = 1_000;

describe('a batch on a slow machine', () => {
  let rig: TopologyRig;
  afterEach(() => rig.end());

  async function start(settings: { rootPeerCount: number; heartbeatTimeoutMs?: number }): Promise<void> {
    rig = await TopologyRig.start({ settings });
  }

  const eventsOfBatch = (from: number, type: string): number[] =>
    rig.log.kept.slice(from).map(
      (batch) =>
        batch
          .flatMap(({ runs }) => runs)
          .flatMap((run) => (run.kind === 'topology' ? run.events : []))
          .filter((event) => event.type === type).length,
    );

  it('leaves commands it has no time for to the next, in their order', async () => {
    await start({ rootPeerCount: 5 });
    rig.clock.lookTakesMs = DECISION_MS;
    const names = Array.from({ length: 60 }, (_, index) => `p${String(index)}`);
    const answers = Promise.all(names.map((name) => rig.join(name)));
    await until(answers);
    expect((await answers).map(codeOf)).toEqual(names.map(() => 'ok'));
    const perBatch = eventsOfBatch(0, 'PeerJoined');
    expect(Math.max(...perBatch)).toBeLessThanOrEqual(DECISIONS_MAX);
    expect(perBatch.length).toBeGreaterThanOrEqual(60 / DECISIONS_MAX);
    expect(rig.eventsOf('PeerJoined').map(({ identity }) => identity?.peerId)).toEqual(names);
    expect(rig.topology.writer.queueDepth).toBe(0);
    expect(rig.differences()).toEqual([]);
  });

  it('decides one command at least, however slow that was', async () => {
    await start({ rootPeerCount: 5 });
    rig.clock.lookTakesMs = 10 * DECIDING_MS_MAX;
    const answers = Promise.all(['a', 'b', 'c'].map((name) => rig.join(name)));
    await until(answers);
    expect(eventsOfBatch(0, 'PeerJoined')).toEqual([1, 1, 1]);
  });

  it('times out as many as it finds time for, and the next ones all others', async () => {
    await start({ rootPeerCount: 5, heartbeatTimeoutMs: TIMEOUT });
    const joined = Promise.all(Array.from({ length: 100 }, (_, index) => rig.join(`p${String(index)}`)));
    await until(joined);
    const before = rig.log.kept.length;
    await rig.clock.pass(TIMEOUT - TICK_MS, 250);
    rig.clock.lookTakesMs = DECISION_MS;
    await rig.clock.pass(4 * TICK_MS, 10);
    rig.clock.lookTakesMs = 0;
    await rig.clock.pass(4 * TICK_MS, 10);
    const perBatch = eventsOfBatch(before, 'PeerTimedOut');
    expect(perBatch.reduce((sum, count) => sum + count, 0)).toBe(100);
    expect(perBatch.filter((count) => count > 0).length).toBeGreaterThan(3);
    expect(rig.live().tree.size).toBe(0);
    expect(rig.differences()).toEqual([]);
  });
});

describe('batches that have no time for all', () => {
  it('keep the order of what each peer says', async () => {
    const saying = fc.record({
      peer: fc.nat({ max: 3 }),
      isPulse: fc.boolean(),
      msAfter: fc.constantFrom(0, 0, 1, 100),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(saying, { minLength: 5, maxLength: 60, size: 'max' }),
        fc.constantFrom(1, 2, 3, 8),
        expectOrderKept,
      ),
      { numRuns: 40 },
    );
  });

  it('keep it also where more is said than one batch takes', async () => {
    const claims = (peer: number, count: number): Saying[] =>
      Array<Saying>(count).fill({ peer, isPulse: false, msAfter: 0 });
    const pulse: Saying = { peer: 0, isPulse: true, msAfter: 0 };
    const many = claims(0, BATCH_COMMANDS_MAX - 10);
    await expectOrderKept([...many, pulse, ...claims(1, 20), pulse, ...claims(0, 1)], 1);
  });
});

type Saying = Readonly<{ peer: number; isPulse: boolean; msAfter: number }>;

/** Each thing said is told from the others by a number of its own. */
async function expectOrderKept(sayings: readonly Saying[], lookTakesMs: number): Promise<void> {
  const rig = await TopologyRig.start({ settings: { rootPeerCount: 10 } });
  try {
    const peers: number[] = [];
    for (let peer = 0; peer < 4; peer += 1) peers.push(await rig.joined(`p${String(peer)}`, { capacity: 99 }));
    rig.clock.lookTakesMs = lookTakesMs;
    const answers: Promise<unknown>[] = [];
    const said = new Map<number, string[]>(peers.map((peer) => [peer, []]));
    for (const [index, { peer: pick, isPulse, msAfter }] of sayings.entries()) {
      const peer = peers[pick] ?? 0;
      answers.push(isPulse ? rig.pulse(peer, index) : rig.submit({ type: 'ClaimCapacity', peer, capacity: index }));
      said.get(peer)?.push(isPulse ? `report ${String(index)}` : `claim ${String(index)}`);
      if (msAfter > 0) await rig.clock.pass(msAfter);
    }
    const all = Promise.all(answers);
    await rig.clock.pass(250);
    await until(all);
    const heard = new Map<number, string[]>(peers.map((peer) => [peer, []]));
    for (const event of rig.events()) {
      if (event.type === 'ForwardReported') heard.get(event.peer)?.push(`report ${String(event.forwardedFrames)}`);
      if (event.type === 'CapacityClaimed') heard.get(event.peer)?.push(`claim ${String(event.capacity)}`);
    }
    expect(heard).toEqual(said);
    expect(rig.topology.writer.queueDepth).toBe(0);
    expect(rig.differences()).toEqual([]);
  } finally {
    await rig.end();
  }
}

async function isOver(work: Promise<unknown>): Promise<boolean> {
  return Promise.race([work.then(() => true), settled().then(() => false)]);
}

async function until(work: Promise<unknown>): Promise<void> {
  for (let look = 0; look < LOOKS_MAX; look += 1) if (await isOver(work)) return;
  throw new Error('somebody is never answered');
}
