import type { IncomingHttpHeaders } from 'node:http';

/**
 * Whether a web page may connect: one from the service's own host, or from an origin the operator named. A request without an
 * Origin header comes from no browser, so there is no page to distrust.
 *
 * @param allowed origins as browsers send them; `*` allows all.
 */
export function isOriginAllowed(headers: IncomingHttpHeaders, allowed: readonly string[]): boolean {
  const { origin, host } = headers;
  if (origin === undefined || allowed.includes('*') || allowed.includes(origin)) return true;
  // Behind a proxy that ends TLS the scheme differs while the host is the same.
  return URL.canParse(origin) && new URL(origin).host === host?.toLowerCase();
}
