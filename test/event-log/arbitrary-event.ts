import fc from 'fast-check';
import {
  ASSIGNMENT_CAUSES,
  DEPARTURE_CAUSES,
  RECOVERY_REASONS,
  type RecordedTopologyEvent,
} from '../../src/domain/events.js';
import { CAPACITY_CLAIM_MAX, DEPTH_MAX } from '../../src/domain/limits.js';
import { SETTINGS } from './sample-log.js';

const position = fc.integer({ min: 1_000, max: Number.MAX_SAFE_INTEGER });
const place = { version: fc.constant(1 as const), position, recordedAt: fc.maxSafeNat() };
const peer = fc.integer({ min: 1, max: 1_000 });
const formerParent = fc.option(fc.nat({ max: 1_000 }));
const capacity = fc.option(fc.nat({ max: CAPACITY_CLAIM_MAX }));
const causedBy = fc.option(peer);

/** Events as rows can hold them, of nearly every type; joins have names, which the store keeps apart. */
export const event: fc.Arbitrary<RecordedTopologyEvent> = fc.oneof(
  fc.record({
    type: fc.constantFrom('TrackOpened' as const, 'TrackConfigured' as const),
    ...place,
    settings: fc.oneof(
      fc.constant(SETTINGS),
      fc
        .record({ swap: fc.boolean(), heir: fc.boolean(), tenureMs: fc.option(fc.nat()) })
        .map((ideas) => ({ ...SETTINGS, ideas })),
    ),
  }),
  fc.record({ type: fc.constant('TrackClosed' as const), ...place }),
  fc.record({
    type: fc.constant('ServiceRecovered' as const),
    ...place,
    reason: fc.constantFrom(...RECOVERY_REASONS),
    gapMs: fc.maxSafeNat(),
  }),
  fc.record({ type: fc.constant('PeerResumed' as const), ...place, peer }),
  fc.record({ type: fc.constant('PeerDisconnected' as const), ...place, peer }),
  fc.record({ type: fc.constant('CapacityClaimed' as const), ...place, peer, capacity }),
  fc.record({
    type: fc.constant('PeerLeft' as const),
    ...place,
    peer,
    formerParent,
    cause: fc.constantFrom(...DEPARTURE_CAUSES),
  }),
  fc.record({ type: fc.constant('PeerTimedOut' as const), ...place, peer, formerParent, silentMs: fc.maxSafeNat() }),
  fc.record({ type: fc.constant('PeerKicked' as const), ...place, peer, formerParent }),
  fc.record({
    type: fc.constant('ParentAssigned' as const),
    ...place,
    causedBy,
    peer,
    parent: fc.nat({ max: 1_000 }),
    formerParent,
    depth: fc.nat({ max: DEPTH_MAX }),
    cause: fc.constantFrom(...ASSIGNMENT_CAUSES),
  }),
  fc.record({
    type: fc.constant('ParentAssigned' as const),
    ...place,
    version: fc.constant(2 as const),
    causedBy,
    peer,
    parent: fc.nat({ max: 1_000 }),
    formerParent,
    depth: fc.nat({ max: DEPTH_MAX }),
    cause: fc.constantFrom(...ASSIGNMENT_CAUSES),
    displaced: peer,
  }),
  fc.record({ type: fc.constant('PeerWaiting' as const), ...place, causedBy, peer, formerParent }),
  fc.record({
    type: fc.constantFrom('PeerTenured' as const, 'CapacityRevoked' as const, 'CapacityRestored' as const),
    ...place,
    causedBy,
    peer,
  }),
  fc.record({ type: fc.constant('PeerCleared' as const), ...place, peer }),
  fc.record({
    type: fc.constant('StallReported' as const),
    ...place,
    peer,
    parent: fc.nat({ max: 1_000 }),
    silentMs: fc.maxSafeNat(),
  }),
  fc.record({
    type: fc.constant('PlanFollowed' as const),
    ...place,
    peer,
    lostParent: fc.option(peer),
    connectedTo: fc.nat({ max: 1_000 }),
  }),
  fc.record({ type: fc.constant('PeerSuspected' as const), ...place, peer, complaints: fc.nat({ max: 100 }) }),
  fc.record({
    type: fc.constant('ForwardingFailed' as const),
    ...place,
    peer,
    complaints: fc.nat({ max: 100 }),
    windowMs: fc.nat(),
  }),
);
