import { RecordedTrack } from './recorded-track.js';

/**
 * A small evening: relay-1 is the root and feeds relay-2 and relay-3; viewer-4 hangs below relay-2, which falls silent; the
 * late one finds no slot until relay-3 goes.
 */
export function eveningTrack(name = 'live/evening'): RecordedTrack {
  return new RecordedTrack(name, { rootPeerCount: 1, maxChildren: 2, maxDepth: 3 })
    .join('relay-1', 2)
    .join('relay-2', 1)
    .later(1_000)
    .join('relay-3', 1)
    .join('viewer-4', 0)
    .later(1_000)
    .beat('relay-1', 'relay-2', 'viewer-4')
    .later(3_000)
    .beat('relay-1', 'viewer-4')
    .report('relay-3', 1_204, 1_300)
    .later(7_120)
    .beat('viewer-4', 'relay-3', 'relay-1')
    .expire('relay-2', 10_120)
    .later(500)
    .join('late', 0)
    .later(500)
    .join('later', 0);
}
