import type { AcknowledgedPositions } from './acknowledged-positions.js';
import type { AudienceSettings } from './audience-settings.js';
import type { Tally } from './tally.js';
import type { ViewerSession } from './viewer-session.js';
import type { Violations } from './violations.js';

/** What viewers know of each other. */
export interface OnlineViewer {
  /** The session in which the service knows this peer; null while there is none. */
  readonly presentSession: ViewerSession | null;
}

/** What all viewers of one audience stand on. */
export interface AudienceGround {
  readonly settings: AudienceSettings;
  readonly tally: Tally;
  readonly violations: Violations;
  readonly acknowledged: AcknowledgedPositions;
  /** The viewers that are not gone, by peer_id; other peers of the track are not among them. */
  readonly viewers: ReadonlyMap<string, OnlineViewer>;
  /** Those of the audience that went without a word: nothing comes from them any more. */
  readonly vanished: ReadonlySet<string>;
  /** A viewer is going without a word. */
  vanishes(peerId: string): void;
  /** A viewer is gone for good; `planned` when it departed as its plan said. */
  departed(peerId: string, planned: boolean): void;
}
