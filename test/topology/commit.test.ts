import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Outcome } from '../../src/domain/commands.js';
import { QUEUE_MAX } from '../../src/topology/limits.js';
import { codeOf, LIVE, numberOf, settled, TopologyRig } from '../support/topology-rig.js';

describe('the single writer', () => {
  let rig: TopologyRig;
  beforeEach(async () => {
    rig = await TopologyRig.start({ settings: { rootPeerCount: 1, maxChildren: 1, maxDepth: 1 } });
  });
  afterEach(() => rig.end());

  it('gives the last slot to one of two joins of the same batch, and the other waits', async () => {
    await rig.joined('root');
    const before = rig.log.attempts;
    const answers = Promise.all([rig.join('a'), rig.join('b')]);
    await settled();
    const [a, b] = (await answers).map(numberOf);
    expect(rig.log.attempts - before).toBe(1);
    expect(rig.live().tree.peer(a!)?.standing).toBe('placed');
    expect(rig.live().tree.peer(b!)?.standing).toBe('waiting');
    expect(rig.differences()).toEqual([]);
  });

  it('commits a thousand joins that come at once in few appends', async () => {
    const answers = Promise.all(Array.from({ length: 1_000 }, (_, index) => rig.join(`p${index}`)));
    await settled();
    expect((await answers).every((answer) => answer.ok)).toBe(true);
    expect(rig.log.attempts).toBeLessThanOrEqual(2);
    expect(rig.live().tree.size).toBe(1_000);
    expect(rig.differences()).toEqual([]);
  });

  it('appends one batch for all tracks', async () => {
    const answers = Promise.all(['t/1', 't/2', 't/3'].map((track) => rig.join('a', { track })));
    await settled();
    await answers;
    expect(rig.log.kept).toHaveLength(1);
    expect(rig.log.kept[0]).toHaveLength(3);
  });

  it('appends nothing for what is refused', async () => {
    const answer = rig.submit({ type: 'Kick', peerId: 'nobody' });
    await settled();
    expect(codeOf(await answer)).toBe('unknown_peer');
    expect(rig.log.attempts).toBe(0);
  });

  it('answers nobody, shows nothing and decides nothing before the batch is durable', async () => {
    const root = await rig.joined('root');
    const release = rig.log.hang();
    const told: string[] = [];
    rig.listen({
      committed: (changes) => void told.push(...changes.flatMap(({ events }) => events.map(({ type }) => type))),
    });
    void rig.join('a').then(() => told.push('a is answered'));
    await settled();
    const position = rig.live().tree.position;
    void rig.leave(root).then(() => told.push('root is answered'));
    void rig.topology.writer.read(LIVE, () => void told.push('read'));
    await rig.clock.pass(5_000);
    expect(told).toEqual([]);
    expect(rig.log.attempts).toBe(2);
    expect(rig.live().tree.position).toBe(position);
    release();
    await settled();
    expect(told.sort()).toEqual(
      [
        'PeerJoined',
        'ParentAssigned',
        'PeerLeft',
        'ParentAssigned',
        'a is answered',
        'read',
        'root is answered',
      ].sort(),
    );
  });

  it('answers the submitters before it tells anybody else', async () => {
    const order: string[] = [];
    rig.listen({ committed: () => void order.push('told') });
    const { settings } = rig.topology.options;
    const identity = { peerId: 'a', resumeHash: null };
    const join = { type: 'Join', identity, capacity: null, settings, peersMax: 9, replace: false } as const;
    rig.topology.writer.enqueue(LIVE, join, () => void order.push('answered'));
    await settled();
    expect(order).toEqual(['answered', 'told']);
  });

  it('shows a reader the tree of the last commit', async () => {
    await rig.joined('root');
    const joining = rig.join('a');
    const sizes = rig.topology.writer.read(LIVE, (live) => live?.tree.size ?? 0);
    await settled();
    expect(await sizes).toBe(2);
    await joining;
    expect(await readSize(rig, 'no/track')).toBe(-1);
  });

  it('hands the failure of a look to whoever looked', async () => {
    const look = rig.topology.writer.read(LIVE, () => {
      throw new Error('of its own making');
    });
    await expect(look).rejects.toThrow('of its own making');
    expect((await rig.joined('a')) > 0).toBe(true);
  });

  it('takes a command from a listener, in a batch of its own', async () => {
    let asked = 0;
    rig.listen({
      committed: (changes) => {
        if (changes.some(({ events }) => events.some(({ type }) => type === 'PeerJoined')) && asked < 1) {
          asked += 1;
          void rig.join('from-a-listener');
        }
      },
    });
    await rig.joined('root');
    expect(rig.live().tree.peerNamed('from-a-listener')?.standing).toBe('placed');
    expect(rig.log.kept).toHaveLength(2);
    expect(rig.differences()).toEqual([]);
  });

  it('refuses with `busy` what does not fit into its queue, and goes on with the rest', async () => {
    const root = await rig.joined('root');
    const release = rig.log.hang();
    void rig.join('a');
    await settled();
    const answers: string[] = [];
    const count = (outcome: Outcome): void => void answers.push(codeOf(outcome));
    for (let queued = 0; queued < QUEUE_MAX; queued += 1) rig.topology.writer.enqueue(LIVE, { type: 'Tend' }, count);
    expect(rig.topology.writer.queueDepth).toBe(QUEUE_MAX);
    expect(codeOf(await rig.join('b'))).toBe('busy');
    expect(codeOf(await rig.beat(root))).toBe('busy');
    release();
    await settled();
    expect(answers).toHaveLength(QUEUE_MAX);
    expect(new Set(answers)).toEqual(new Set(['ok']));
    expect(await rig.joined('b')).toBeGreaterThan(0);
  });

  it('gives every answer a position that is in the log, at an event of its own kind', async () => {
    const root = await rig.joined('root');
    const answers = Promise.all([
      rig.join('a', { capacity: 0 }),
      rig.beat(root),
      rig.submit({ type: 'ClaimCapacity', peer: root, capacity: 0 }),
      rig.submit({ type: 'Disconnect', peer: root }),
      rig.pulse(root, 500, 600),
    ]);
    await rig.clock.pass(300);
    const types = rig.types();
    const found = (await answers).map((answer) => (answer.ok ? types[answer.position - 1] : answer.code));
    expect(found).toEqual([
      'ParentAssigned',
      'HeartbeatReceived',
      'PeerWaiting',
      'PeerDisconnected',
      'ForwardReported',
    ]);
    expect(rig.differences()).toEqual([]);
  });

  it('tells who was touched and which links were cut', async () => {
    await rig.joined('root');
    const a = await rig.joined('a', { capacity: 0 });
    const told: unknown[] = [];
    rig.listen({
      committed: (changes) => {
        for (const { touched, cut } of changes) {
          told.push([...touched].map(({ number }) => number).sort());
          told.push(cut.map(({ child, formerParent }) => [child.number, formerParent.number]));
        }
      },
    });
    const { number } = rig.live().tree.peerNamed('root')!;
    void rig.submit({ type: 'ClaimCapacity', peer: number, capacity: 0 });
    await settled();
    expect(told).toEqual([[number, a].sort(), [[a, number]]]);
  });
});

async function readSize(rig: TopologyRig, track: string): Promise<unknown> {
  const size = rig.topology.writer.read(track, (live) => live?.tree.size ?? -1);
  await settled();
  return size;
}
