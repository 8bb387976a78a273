import { randomBytes, randomUUID } from 'node:crypto';
import { WireClient } from './wire-client.js';

/** Connections that are opened at the same time while a crowd gathers. */
const OPENING_AT_ONCE = 50;

/** Body of a `register` as the SDK sends it: a random name, and a token of its own choice. */
export function registerBody(track: string): string {
  return JSON.stringify({ peer_id: randomUUID(), track, resume_token: randomBytes(24).toString('base64url') });
}

/** Opens one connection and registers its peer. */
export async function joinTrack(port: number, track: string): Promise<WireClient> {
  const client = await WireClient.open(port);
  await client.acknowledged('register', registerBody(track));
  return client;
}

/** So many registered peers. */
export function gather(port: number, track: string, count: number): Promise<WireClient[]> {
  return openSome(count, () => joinTrack(port, track));
}

/** So many clients, a bounded number of them on their way at the same time. */
export async function openSome(count: number, open: () => Promise<WireClient>): Promise<WireClient[]> {
  const clients: WireClient[] = [];
  let begun = 0;
  const openInTurn = async (): Promise<void> => {
    while (begun < count) {
      begun += 1;
      clients.push(await open());
    }
  };
  await Promise.all(Array.from({ length: OPENING_AT_ONCE }, openInTurn));
  return clients;
}

export function closeAll(clients: readonly WireClient[]): void {
  for (const client of clients) client.close();
}
