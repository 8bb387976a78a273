import 'reflect-metadata';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RequestMethod } from '@nestjs/common';
import { ConfigureController } from '../../src/admin/configure.controller.js';
import { HistoryController } from '../../src/admin/history.controller.js';
import { MeshController } from '../../src/admin/mesh.controller.js';
import { openApiDocument } from '../../src/admin/openapi.js';
import { type Operation, OPERATIONS } from '../../src/admin/openapi-operations.js';
import { StreamController } from '../../src/admin/stream.controller.js';
import { TracksController } from '../../src/admin/tracks.controller.js';
import { problemAnswer } from '../../src/protocol/http-answers.js';
import { temporaryDataDir } from '../support/log-directory.js';
import { MeshClient } from '../support/mesh-client.js';
import { ServiceProcess } from '../support/service-process.js';
import { StreamClient } from '../support/stream-client.js';

const CONTROLLERS = [ConfigureController, HistoryController, MeshController, StreamController, TracksController];

let directory: Awaited<ReturnType<typeof temporaryDataDir>>;
let service: ServiceProcess;
let ana: MeshClient;

beforeAll(async () => {
  directory = await temporaryDataDir();
  service = await ServiceProcess.start(['--port', '0', '--data-dir', directory.dataDir]);
  ana = await MeshClient.connect(service.url);
  await ana.register('ana', 'live/demo', { capacity: 3 });
});

afterAll(async () => {
  ana.close();
  await service.kill();
  await directory.remove();
});

/** The address with which the documentation's example is asked for. */
function addressOf({ path, asked, query }: Operation): string {
  const address = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(asked[name] ?? ''));
  const parameters = new URLSearchParams();
  for (const name of Object.keys(query?.shape ?? {})) {
    if (asked[name] !== undefined) parameters.set(name, asked[name]);
  }
  return `${service.url}${address}?${parameters.toString()}`;
}

/** `get /api/v1/...` of every handler that Nest mounts. */
function mountedRoutes(): string[] {
  return CONTROLLERS.flatMap((controller) => {
    const prefix = Reflect.getMetadata('path', controller) as string;
    const prototype = controller.prototype as object;
    return Object.getOwnPropertyNames(prototype).flatMap((name) => {
      const handler = Object.getOwnPropertyDescriptor(prototype, name)?.value as object;
      const path = Reflect.getMetadata('path', handler) as string | undefined;
      if (path === undefined || name === 'constructor') return [];
      const method = RequestMethod[Reflect.getMetadata('method', handler) as number]!.toLowerCase();
      const whole = `/${prefix}${path === '/' ? '' : `/${path}`}`.replaceAll(/:(\w+)/g, '{$1}');
      return [`${method} ${whole}`];
    });
  });
}

describe('the documentation of HTTP', () => {
  it('has every route under /api/v1, and no other', () => {
    expect(OPERATIONS.map(({ method, path }) => `${method} ${path}`).sort()).toEqual(mountedRoutes().sort());
  });

  it.each(OPERATIONS.filter(({ answer }) => answer !== null).map((operation) => [operation.id, operation] as const))(
    'has an example that is as its schema says: %s',
    (_id, { answer, example }) => {
      expect(answer?.safeParse(example).error?.message).toBeUndefined();
    },
  );

  it.each(
    OPERATIONS.filter(({ method, answer }) => method === 'get' && answer !== null).map(
      (operation) => [operation.id, operation] as const,
    ),
  )('describes what the service answers: %s', async (_id, operation) => {
    const answer = await fetch(addressOf(operation));
    expect(answer.status).toBe(200);
    expect(operation.answer?.safeParse(await answer.json()).error?.message).toBeUndefined();
  });

  it('describes the stream', async () => {
    const operation = OPERATIONS.find(({ id }) => id === 'stream')!;
    const client = new StreamClient(service.url, { query: addressOf(operation).split('?')[1]! });
    await client.until(() => client.events.length >= 3);
    client.cut();
    expect(client.events.map(({ type }) => type).slice(0, 3)).toEqual(['TrackOpened', 'PeerJoined', 'ParentAssigned']);
  });

  it('describes a refusal', async () => {
    const answer = await fetch(`${service.url}/api/v1/tracks/nobody/tree`);
    expect(problemAnswer.safeParse(await answer.json()).error).toBeUndefined();
  });

  it('is served as OpenAPI, and as a page that loads nothing from elsewhere', async () => {
    const served = await fetch(`${service.url}/api/openapi.json`);
    expect(await served.json()).toEqual(JSON.parse(JSON.stringify(openApiDocument())));
    const page = await fetch(`${service.url}/api/docs`);
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    const html = await page.text();
    const addresses = [...html.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, address]) => address!);
    expect(addresses.sort()).toEqual(['/api/docs/page.js', '/api/openapi.json']);
    for (const address of addresses) expect((await fetch(`${service.url}${address}`)).status).toBe(200);
  });
});
