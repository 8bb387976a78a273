import 'reflect-metadata';
import type { INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter, type NestExpressApplication } from '@nestjs/platform-express';
import type { Logger } from 'pino';
import { EventStreams } from './admin/event-streams.js';
import { AppModule, type AppParts } from './app.module.js';
import { CannotListenError } from './cannot-listen-error.js';
import { serveExamplePage } from './example-page.js';
import { MeshAdapter } from './gateway/mesh-adapter.js';
import { SessionLayer } from './gateway/session-layer.js';
import { nestLogger } from './service-log.js';

/** Everything that answers clients and operators, listening. */
export interface ListeningApp {
  readonly app: INestApplication;
  readonly layer: SessionLayer;
  readonly streams: EventStreams;
}

/**
 * Puts the rooms together and listens. Loading this file is half of a start, so it is loaded while other threads read the log.
 *
 * @throws CannotListenError
 */
export async function listen(parts: AppParts, serviceLog: Logger): Promise<ListeningApp> {
  const { port, host } = parts.config;
  const app = await NestFactory.create<NestExpressApplication>(AppModule.of(parts), new ExpressAdapter(), {
    logger: nestLogger(serviceLog),
    abortOnError: false,
  });
  serveExamplePage(app);
  app.useWebSocketAdapter(new MeshAdapter(app));
  try {
    await app.listen(port, host);
    return { app, layer: app.get(SessionLayer), streams: app.get(EventStreams) };
  } catch (error) {
    await app.close();
    throw new CannotListenError(host, port, error);
  }
}
