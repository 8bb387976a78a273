import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { AudienceProcess } from '../support/audience-process.js';
import { CrashStage, QUICK_HEARTBEATS } from '../support/crash-stage.js';
import { SeededRandom } from '../../src/cli/audience/seeded-random.js';
import type { ServiceProcess } from '../support/service-process.js';
import { StreamClient, type StreamedEvent, type StreamWishes } from '../support/stream-client.js';

const CUTS = 100;
const BYTES_BEFORE_CUT_MAX = 700;
const SEED = 9;
const FLAGS = [...QUICK_HEARTBEATS, '--stream-readers-max', '4'];

let stage: CrashStage;
let service: ServiceProcess;
const audiences: AudienceProcess[] = [];

beforeAll(async () => {
  stage = await CrashStage.set();
  service = await stage.serve(...FLAGS);
  for (const [index, track] of ['live/one', 'live/two'].entries())
    audiences.push(stage.audience({ track, peers: 25, seconds: 60, seed: SEED + index, churn: true }));
});

afterAll(async () => {
  for (const audience of audiences) await audience.kill();
  await stage.clear();
});

function open(wishes: StreamWishes = {}): StreamClient {
  return new StreamClient(service.url, wishes);
}

/** Opens a stream that must be refused. */
async function refusal(wishes: StreamWishes): Promise<{ status: number; code: string }> {
  const client = open(wishes);
  await client.closed;
  return { status: client.status, code: (JSON.parse(client.body) as { code: string }).code };
}

/** Every event of the log, read from the file. */
function logged(upTo: ReadonlyMap<string, number>): string[] {
  return stage.readLog((reader) =>
    [...upTo].flatMap(([track, position]) =>
      [...reader.events({ track, afterPosition: 0, untilPosition: position })].map(
        (event) => `${track} ${String(event.position)} ${event.type}`,
      ),
    ),
  );
}

const spoken = ({ track, position, type }: StreamedEvent): string => `${track} ${String(position)} ${type}`;

describe('the stream', () => {
  it('gives every event exactly once to a reader that is cut off again and again, and over a restart', async () => {
    const random = new SeededRandom(SEED, 0);
    const received: StreamedEvent[] = [];
    let lastEventId: string | null = '0';
    const readUntilCut = async (bytes: number): Promise<void> => {
      const client = open({ lastEventId });
      await client.cutAfter(bytes);
      received.push(...client.events);
      lastEventId = client.lastEventId;
    };
    for (let cut = 0; cut < CUTS; cut += 1) {
      if (cut === CUTS / 2) {
        await service.kill();
        service = await stage.serve(...FLAGS);
      }
      await readUntilCut(random.between(0, BYTES_BEFORE_CUT_MAX));
    }
    const heads = new Map<string, number>();
    for (const { track, position } of received) heads.set(track, position);
    expect([...heads.keys()].sort()).toEqual(['live/one', 'live/two']);
    expect(received.map(spoken).sort()).toEqual(logged(heads).sort());
    for (const name of heads.keys()) {
      const positions = received.filter(({ track }) => track === name).map(({ position }) => position);
      expect(positions).toEqual(positions.map((_, index) => index + 1));
    }
  }, 240_000);

  it('shows what happens from now on to a reader that was nowhere, before anything is sent twice', async () => {
    const client = open({ query: 'track=live%2Ftwo&type=HeartbeatReceived,ParentAssigned' });
    await client.until(() => client.events.length >= 20);
    client.cut();
    expect(new Set(client.events.map(({ track }) => track))).toEqual(new Set(['live/two']));
    for (const { type } of client.events) expect(['HeartbeatReceived', 'ParentAssigned']).toContain(type);
    const positions = client.events.map(({ position }) => position);
    expect([...positions].sort((one, other) => one - other)).toEqual(positions);
  });

  it('takes the id from the address where no header can be set', async () => {
    const first = open({ query: 'last_event_id=0&track=live%2Fone' });
    await first.until(() => first.events.length >= 3);
    first.cut();
    expect(first.events.slice(0, 3).map(({ position }) => position)).toEqual([1, 2, 3]);
  });

  it('ends for everybody with a reason when the service stops, and goes on from there afterwards', async () => {
    const client = open();
    await client.until(() => client.events.length >= 5);
    expect(await service.terminate()).toBe(0);
    await client.closed;
    expect(client.end).toMatchObject({ code: 'shutting_down' });
    service = await stage.serve(...FLAGS);
    const next = open({ lastEventId: client.lastEventId });
    await next.until(() => next.events.length >= 2);
    next.cut();
    expect(next.events.slice(0, 1)).toMatchObject([{ type: 'ServiceRecovered' }]);
  });

  it('is not opened for more readers than the operator allows', async () => {
    const readers = [1, 2, 3, 4].map(() => open());
    await Promise.all(readers.map((reader) => reader.until(() => reader.bytes > 0)));
    expect(await refusal({})).toEqual({ status: 503, code: 'busy' });
    for (const reader of readers) reader.cut();
  });

  it.each<[string, StreamWishes, number, string]>([
    ['a place that is none', { lastEventId: 'yesterday' }, 400, 'invalid_query'],
    ['a place beyond the end', { lastEventId: '999999999.5.0123456789ab' }, 410, 'unknown_stream_position'],
    ['a place of another log', { lastEventId: '1.1.0123456789ab' }, 410, 'unknown_stream_position'],
    ['a bad track', { query: 'track=a%2F%2Fb' }, 400, 'invalid_query'],
    ['an unknown type', { query: 'type=PeerExploded' }, 400, 'invalid_query'],
    ['a misspelt filter', { query: 'tracks=live%2Fone' }, 400, 'invalid_query'],
  ])('is refused with %s', async (_name, wishes, status, code) => {
    expect(await refusal(wishes)).toEqual({ status, code });
  });
});
