import type { IncomingHttpHeaders } from 'node:http';

/** Browsers can't set headers of a WebSocket, but can offer subprotocols: the token stands behind this. */
const BEARER_PROTOCOL = 'lvqr.bearer.';

/** The subprotocol that carries a token, to be echoed; null when none does. */
export function bearerProtocol(offered: Iterable<string>): string | null {
  for (const protocol of offered) if (protocol.startsWith(BEARER_PROTOCOL)) return protocol;
  return null;
}

/** The token of a request to open a WebSocket: in a subprotocol, else in the query. Null when there is none. */
export function bearerOf(headers: IncomingHttpHeaders, url: URL): string | null {
  const offered = (headers['sec-websocket-protocol'] ?? '').split(',').map((protocol) => protocol.trim());
  return bearerProtocol(offered)?.slice(BEARER_PROTOCOL.length) ?? url.searchParams.get('token');
}
