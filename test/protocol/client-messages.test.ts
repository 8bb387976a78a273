import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { RejectionCode } from '../../src/domain/commands.js';
import { isPeerId, isTrackName } from '../../src/domain/ids.js';
import * as domainLimits from '../../src/domain/limits.js';
import { peerIdSchema, trackSchema } from '../../src/protocol/client-messages.js';
import * as messageLimits from '../../src/protocol/message-limits.js';
import { parseMessage } from '../../src/protocol/parse-message.js';
import type { RefusalCode } from '../../src/protocol/rejection.js';

describe('the protocol and the domain, which do not know each other,', () => {
  it('agree on what a peer_id and a track are', () => {
    const nearlyRight = fc.string({
      unit: fc.constantFrom('a', 'Z', '0', '9', '_', '-', '.', '/', ' ', '\n', '\0', 'é'),
      maxLength: 130,
    });
    const edges = [
      '',
      'a'.repeat(64),
      'a'.repeat(65),
      'a'.repeat(128),
      'a'.repeat(129),
      'a/b',
      '/a',
      'a/',
      'a//b',
      'a..b',
      'a\n',
    ];
    fc.assert(
      fc.property(fc.oneof(nearlyRight, fc.string(), fc.constantFrom(...edges)), (candidate) => {
        expect(peerIdSchema.safeParse(candidate).success).toBe(isPeerId(candidate));
        expect(trackSchema.safeParse(candidate).success).toBe(isTrackName(candidate));
      }),
      { numRuns: 2_000, examples: edges.map((edge) => [edge]) },
    );
  });

  it('agree on bounds and codes', () => {
    expect(messageLimits.PEER_ID_LENGTH_MAX).toBe(domainLimits.PEER_ID_LENGTH_MAX);
    expect(messageLimits.TRACK_LENGTH_MAX).toBe(domainLimits.TRACK_NAME_LENGTH_MAX);
    expect(messageLimits.CAPACITY_MAX).toBe(domainLimits.CAPACITY_CLAIM_MAX);
    expect(messageLimits.FRAMES_MAX).toBe(domainLimits.FRAMES_MAX);
    const isSameCode: [RefusalCode] extends [RejectionCode]
      ? [RejectionCode] extends [RefusalCode]
        ? true
        : false
      : false = true;
    expect(isSameCode).toBe(true);
  });
});

describe('a message', () => {
  it('loses the fields that are not its own', () => {
    const parsed = parseMessage('register', { peer_id: 'one', track: 'live/x', future: { field: 1 } });
    expect(parsed).toEqual({ ok: true, body: { peer_id: 'one', track: 'live/x' } });
  });

  it('may leave out, or set to null, what it does not have', () => {
    for (const more of [{}, { capacity: null }, { resume_token: null }]) {
      expect(parseMessage('register', { peer_id: 'one', track: 'live/x', ...more }).ok).toBe(true);
    }
    expect(parseMessage('heartbeat', undefined).ok).toBe(true);
    expect(parseMessage('forward_report', { forwarded_frames: 1, received_frames: null }).ok).toBe(true);
  });

  it.each([
    ['x'.repeat(21), false],
    ['x'.repeat(22), true],
    ['x'.repeat(128), true],
    ['x'.repeat(129), false],
    [`${'x'.repeat(30)}=`, false],
  ])('with the resume token %s is accepted: %s', (resumeToken, isAccepted) => {
    const body = { peer_id: 'one', track: 'live/x', resume_token: resumeToken };
    expect(parseMessage('register', body).ok).toBe(isAccepted);
  });

  it('never makes the parser throw', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('register', 'offer', 'ice_candidate', 'capacity' as const),
        fc.anything(),
        (name, raw) => {
          const parsed = parseMessage(name, raw);
          if (!parsed.ok) expect(parsed.reason).toMatch(/ must be /);
        },
      ),
    );
  });
});
