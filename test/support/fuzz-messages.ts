import fc from 'fast-check';
import { CLIENT_MESSAGE_NAMES, type ClientMessageName } from '../../src/protocol/client-messages.js';

/** One message as a client library can send it: a name and anything behind it. */
export type FuzzMessage = readonly [name: string, ...args: readonly unknown[]];

/** Few names, so that messages meet: peers that exist, tracks that are open. */
const peerId = fc.constantFrom('fuzz', 'parent', 'child', 'nobody');
const track = fc.constantFrom('live/x', 'live/y');
const token = fc.constantFrom('a-resume-token-of-enough-characters', 'another-token-of-enough-characters');

const RIGHT_BODIES: Record<ClientMessageName, fc.Arbitrary<Record<string, unknown>>> = {
  register: fc.record(
    { peer_id: peerId, track, capacity: fc.option(fc.nat(5)), resume_token: token },
    { requiredKeys: ['peer_id', 'track'] },
  ),
  heartbeat: fc.constant({}),
  capacity: fc.record({ capacity: fc.option(fc.nat(5)) }),
  forward_report: fc.record(
    { forwarded_frames: fc.nat(), received_frames: fc.nat() },
    { requiredKeys: ['forwarded_frames'] },
  ),
  stall_report: fc.record({ parent_id: fc.option(peerId), silent_ms: fc.nat(86_400_000) }),
  plan_followed: fc.record({ lost_parent_id: peerId, connected_to: fc.option(peerId) }),
  offer: fc.record({ to: peerId, sdp: fc.string({ minLength: 1 }) }),
  answer: fc.record({ to: peerId, sdp: fc.string({ minLength: 1 }) }),
  ice_candidate: fc.record({ to: peerId, candidate: fc.oneof(fc.string(), fc.record({ candidate: fc.string() })) }),
  leave: fc.constant({}),
};

/** Anything that survives the wire: JSON, binary, keys that mean something to the language, text in every script. */
const anything: fc.Arbitrary<unknown> = fc.oneof(
  fc.jsonValue({ maxDepth: 4 }),
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.constantFrom(-0, NaN, Infinity, 2 ** 53, 2 ** 32, -1, 0.5, '', 'x'.repeat(5_000), null, undefined),
  fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)),
  fc.dictionary(
    fc.constantFrom('__proto__', 'constructor', 'toJSON', 'length', 'then', 'to', 'peer_id'),
    fc.jsonValue(),
  ),
);

/** A right body with one field taken out, replaced or added. */
function mutated(name: ClientMessageName): fc.Arbitrary<unknown> {
  return fc
    .tuple(RIGHT_BODIES[name], fc.nat(9), anything, fc.string({ maxLength: 10 }))
    .map(([body, pick, value, extra]) => {
      const keys = [...Object.keys(body), extra];
      return { ...body, [keys[pick % keys.length] ?? extra]: value };
    });
}

const knownMessage: fc.Arbitrary<FuzzMessage> = fc
  .constantFrom(...CLIENT_MESSAGE_NAMES)
  .chain((name) =>
    fc.oneof(
      { weight: 3, arbitrary: RIGHT_BODIES[name].map((body): FuzzMessage => [name, body]) },
      { weight: 4, arbitrary: mutated(name).map((body): FuzzMessage => [name, body]) },
      { weight: 1, arbitrary: fc.array(anything, { maxLength: 3 }).map((args): FuzzMessage => [name, ...args]) },
    ),
  );

/** socket.io's own client refuses to send these. */
const RESERVED = new Set(['connect', 'connect_error', 'disconnect', 'disconnecting', 'newListener', 'removeListener']);
const anyName = fc.oneof(
  fc.string(),
  fc.constantFrom('error', 'message', '__proto__', 'stall_report', 'Register', 'probe'),
);

export const fuzzMessage: fc.Arbitrary<FuzzMessage> = fc.oneof(
  { weight: 8, arbitrary: knownMessage },
  {
    weight: 1,
    arbitrary: fc
      .tuple(
        anyName.filter((name) => !RESERVED.has(name)),
        fc.array(anything, { maxLength: 2 }),
      )
      .map(([name, args]): FuzzMessage => [name, ...args]),
  },
);
