import { describe, expect, it } from '@jest/globals';
import { ChangedHeads } from '../../src/topology/changed-heads.js';
import { HEADS_LOGGED_EVERY_MS, HEADS_PER_LINE_MAX } from '../../src/topology/limits.js';
import { settled, TopologyRig } from '../support/topology-rig.js';

describe('the heads of changed tracks', () => {
  it('are handed out once a minute, a bounded number at a time, and only when they changed', async () => {
    const rig = await TopologyRig.start({ tracksMax: 500 });
    const pages: string[][] = [];
    const heads = new ChangedHeads(rig.log, rig.clock, (page) => void pages.push(page.map(({ track }) => track)));
    rig.listen({ committed: (changes) => heads.committed(changes) });
    heads.start();
    const tracks = Array.from({ length: HEADS_PER_LINE_MAX + 1 }, (_, index) => `t/${index}`);
    for (const track of tracks) void rig.join('a', { track });
    await settled();
    await rig.clock.pass(HEADS_LOGGED_EVERY_MS - 45_000 - 500, 250);
    expect(pages).toEqual([]);
    heads.stop();
    await heads.flush();
    expect(pages.map((page) => page.length)).toEqual([HEADS_PER_LINE_MAX, 1]);
    await heads.flush();
    expect(pages).toHaveLength(2);
    await rig.end();
  });

  it('that cannot be read are handed out a minute later', async () => {
    const rig = await TopologyRig.start({ settings: { heartbeatTimeoutMs: 3_600_000 } });
    const positions: number[] = [];
    const heads = new ChangedHeads(
      rig.log,
      rig.clock,
      (page) => void positions.push(...page.map((head) => head.position)),
    );
    rig.listen({ committed: (changes) => heads.committed(changes) });
    heads.start();
    await rig.joined('a');
    rig.log.failHeads(1);
    await rig.clock.pass(HEADS_LOGGED_EVERY_MS, 250);
    expect(positions).toEqual([]);
    await rig.clock.pass(HEADS_LOGGED_EVERY_MS, 250);
    expect(positions).toEqual([3]);
    heads.stop();
    await rig.clock.pass(HEADS_LOGGED_EVERY_MS, 250);
    expect(positions).toEqual([3]);
    await rig.end();
  });
});
