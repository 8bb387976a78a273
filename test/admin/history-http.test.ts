import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { commandLine } from '../support/command-line.js';
import { eveningTrack } from '../support/evening-track.js';
import { temporaryDataDir, writeLog } from '../support/log-directory.js';
import { RecordedTrack } from '../support/recorded-track.js';
import { ServiceProcess } from '../support/service-process.js';

const EVENING = '/api/v1/tracks/live%2Fevening';
const IMMUTABLE = 'private, max-age=86400, immutable';
const REVALIDATED = 'private, no-cache';

let directory: Awaited<ReturnType<typeof temporaryDataDir>>;
let service: ServiceProcess;

beforeAll(async () => {
  directory = await temporaryDataDir();
  const closed = new RecordedTrack('live/closed').join('solo').later(1_000).leave('solo').close();
  await writeLog(directory.dataDir, eveningTrack(), closed);
  service = await ServiceProcess.start(['--port', '0', '--data-dir', directory.dataDir]);
});

afterAll(async () => {
  await service.kill();
  await directory.remove();
});

function ask(path: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${service.url}${path}`, { headers });
}

async function printed(...words: string[]): Promise<string> {
  return (await commandLine(...words, '--json', '--data-dir', directory.dataDir)).stdout.trim();
}

describe('what lies in the past', () => {
  it.each<[string, string, string[]]>([
    ['a tree by position', `${EVENING}/tree?position=9`, ['tree', '--position', '9']],
    ['a tree by time', `${EVENING}/tree?at=2026-01-31T20:14:04Z`, ['tree', '--at', '2026-01-31T20:14:04Z']],
    ['a tree with liveness', `${EVENING}/tree?position=20&liveness=true`, ['tree', '--position', '20', '--liveness']],
    ['a diff', `${EVENING}/diff?from=5&to=20`, ['diff', '--from', '5', '--to', '20']],
    ['why a decision was taken', `${EVENING}/explain?position=9`, ['explain', '--position', '9']],
    [
      'the incidents',
      `${EVENING}/incidents?from=0&to=20&interrupted_peers_min=1`,
      ['incidents', '--to', '20', '--interrupted-peers-min', '1'],
    ],
  ])('is answered as on the command line, byte by byte, and may be kept: %s', async (_name, path, words) => {
    const answer = await ask(path);
    expect(answer.status).toBe(200);
    expect(await answer.text()).toBe(await printed(...words, '--track', 'live/evening'));
    expect(answer.headers.get('cache-control')).toBe(IMMUTABLE);
    const again = await ask(path, { 'If-None-Match': answer.headers.get('etag') ?? '' });
    expect({ status: again.status, body: await again.text() }).toEqual({ status: 304, body: '' });
  });

  it('is told of one peer as in the tree of that moment', async () => {
    const tree = (await (await ask(`${EVENING}/tree?position=9`)).json()) as { peers: { peer_id: string }[] };
    for (const peer of tree.peers) {
      const answer = await ask(`${EVENING}/peers/${peer.peer_id}?position=9`);
      expect(await answer.json()).toMatchObject({ track: 'live/evening', position: 9, ...peer });
      expect(answer.headers.get('cache-control')).toBe(IMMUTABLE);
    }
  });

  it('is told of a whole life as on the command line', async () => {
    const [peerId] = eveningTrack().events.flatMap((event) =>
      event.type === 'PeerJoined' ? [event.identity?.peerId ?? ''] : [],
    );
    const answer = await ask(`${EVENING}/peers/${peerId}/timeline?to=20`);
    const shown = await printed('timeline', '--track', 'live/evening', '--peer', peerId!, '--to', '20');
    expect(await answer.text()).toBe(shown);
  });

  it('comes in pages that may be kept, but for the last', async () => {
    const page = await ask(`${EVENING}/events?after=3&limit=5`);
    expect(await page.json()).toMatchObject({ events: { length: 5 }, next_after: 8 });
    expect(page.headers.get('cache-control')).toBe(IMMUTABLE);
    expect((await ask(`${EVENING}/events?after=20`)).headers.get('cache-control')).toBe(REVALIDATED);
  });
});

describe('what may yet change', () => {
  it.each([
    ['the tree now', `${EVENING}/tree`],
    ['the tree of a closed track now', '/api/v1/tracks/live%2Fclosed/tree'],
    ['a moment that moves', `${EVENING}/tree?at=1h`],
    ['a range that ends now', `${EVENING}/diff?from=5`],
    ['a life that goes on', `${EVENING}/peers/relay-1/timeline`],
  ])('is asked for again, with its tag: %s', async (_name, path) => {
    const answer = await ask(path);
    expect(answer.headers.get('cache-control')).toBe(REVALIDATED);
    expect(answer.headers.get('etag')).not.toBeNull();
  });
});

it('tracks come in pages', async () => {
  const first = (await (await ask('/api/v1/tracks?limit=1')).json()) as { tracks: object[]; next_after: string };
  expect(first).toMatchObject({ tracks: [{ track: 'live/closed', open: false }], next_after: 'live/closed' });
  const second = await ask(`/api/v1/tracks?limit=1&after=${encodeURIComponent(first.next_after)}`);
  expect(await second.json()).toMatchObject({ tracks: [{ track: 'live/evening' }], next_after: null });
});

describe('a question that cannot be answered gets its code', () => {
  it.each<[string, string, number, string]>([
    ['a tree of an unknown track', '/api/v1/tracks/nobody/tree', 404, 'unknown_track'],
    ['a past tree of an unknown track', '/api/v1/tracks/nobody/tree?position=1', 404, 'unknown_track'],
    ['a diff of an unknown track', '/api/v1/tracks/nobody/diff?from=1&to=2', 404, 'unknown_track'],
    ['incidents of an unknown track', '/api/v1/tracks/nobody/incidents', 404, 'unknown_track'],
    ['an unknown peer now', `${EVENING}/peers/nobody`, 404, 'unknown_peer'],
    ['an unknown peer then', `${EVENING}/peers/nobody?position=9`, 404, 'unknown_peer'],
    ['a life of an unknown peer', `${EVENING}/peers/nobody/timeline`, 404, 'unknown_peer'],
    ['a bad peer', `${EVENING}/peers/a.b`, 400, 'invalid_peer_id'],
    ['a bad track', '/api/v1/tracks/a%2F%2Fb/diff', 400, 'invalid_track'],
    ['a position beyond the end', `${EVENING}/tree?position=99999`, 400, 'position_out_of_range'],
    ['events beyond the end', `${EVENING}/events?after=99999`, 400, 'position_out_of_range'],
    ['an end beyond the end', `${EVENING}/diff?from=1&to=99999`, 400, 'position_out_of_range'],
    ['a time before the track', `${EVENING}/tree?at=2020-01-01`, 400, 'time_out_of_range'],
    ['a time in the future', `${EVENING}/tree?at=9999-01-01`, 400, 'time_out_of_range'],
    ['an end in the future', `${EVENING}/diff?to=9999-01-01`, 400, 'time_out_of_range'],
    ['an explanation beyond the end', `${EVENING}/explain?position=99999`, 400, 'position_out_of_range'],
    ['an explanation of nothing', `${EVENING}/explain`, 400, 'invalid_query'],
    ['an explanation of position 0', `${EVENING}/explain?position=0`, 400, 'invalid_query'],
    ['a reversed range', `${EVENING}/diff?from=9&to=8`, 400, 'invalid_range'],
    ['a reversed range of incidents', `${EVENING}/incidents?from=9&to=8`, 400, 'invalid_range'],
    ['a time that is none', `${EVENING}/tree?at=noon`, 400, 'invalid_time'],
    ['a day that is none', `${EVENING}/diff?from=2026-02-30`, 400, 'invalid_time'],
    ['a time and a position', `${EVENING}/tree?at=5m&position=3`, 400, 'invalid_query'],
    ['a negative position', `${EVENING}/tree?position=-1`, 400, 'invalid_query'],
    ['a position that is no number', `${EVENING}/tree?position=1e3`, 400, 'invalid_query'],
    ['an empty position', `${EVENING}/tree?position=`, 400, 'invalid_query'],
    ['a position given twice', `${EVENING}/tree?position=1&position=2`, 400, 'invalid_query'],
    ['a huge limit', `${EVENING}/events?limit=1000000`, 400, 'invalid_query'],
    ['a limit of nothing', `${EVENING}/events?limit=0`, 400, 'invalid_query'],
    ['a huge limit of tracks', '/api/v1/tracks?limit=1000000', 400, 'invalid_query'],
    ['an unknown threshold', `${EVENING}/incidents?departed=2`, 400, 'invalid_query'],
    ['a misspelt parameter', `${EVENING}/diff?form=1`, 400, 'invalid_query'],
  ])('%s', async (_name, path, status, code) => {
    const answer = await ask(path);
    expect({ status: answer.status, type: answer.headers.get('content-type') }).toEqual({
      status,
      type: expect.stringContaining('application/problem+json'),
    });
    const problem = (await answer.json()) as { code: string; detail: string };
    expect(problem.code).toBe(code);
    expect(problem.detail.length).toBeGreaterThan(10);
  });
});
