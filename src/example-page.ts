import { fileURLToPath } from 'node:url';
import type { ServerResponse } from 'node:http';
import type { NestExpressApplication } from '@nestjs/platform-express';

/** Everything from the service itself: its scripts, its sockets, pictures that the page makes. And no page may frame it. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  'img-src data: blob:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Serves the example of the browser client at `/example`. It needs no admin token: it shows nothing but itself. */
export function serveExamplePage(app: NestExpressApplication): void {
  // The build puts the page beside the compiled sources.
  app.useStaticAssets(fileURLToPath(new URL('../example', import.meta.url)), {
    prefix: '/example',
    setHeaders: (response: ServerResponse) => {
      response.setHeader('Content-Security-Policy', CONTENT_SECURITY_POLICY);
      response.setHeader('X-Content-Type-Options', 'nosniff');
      response.setHeader('Referrer-Policy', 'no-referrer');
      response.setHeader('Cache-Control', 'no-cache');
    },
  });
}
