import type { PeerNumber } from '../domain/ids.js';
import { eventJson, type EventJson } from './event-json.js';
import { placeJson, type PlaceJson } from './place-json.js';
import type { PeerNaming } from './peer-names.js';
import type { ReplayStep } from './replay.js';

/** One step of a replay: the event as everywhere else, and what it did to the tree. */
export type ReplayStepJson = EventJson & {
  /** Pulses between the topology event before and this one. */
  pulses_before: number;
  /** In order of joining; null stands for not being in the track. */
  changes: { peer: PeerNumber; peer_id: string | null; from: PlaceJson | null; to: PlaceJson | null }[];
};

/** A step in the public form. */
export function replayStepJson(
  track: string,
  { event, pulsesBefore, changes }: ReplayStep,
  naming: PeerNaming,
): ReplayStepJson {
  return {
    ...eventJson(track, event, naming),
    pulses_before: pulsesBefore,
    changes: changes.map(({ peer, before, after }) => ({
      peer,
      peer_id: naming.peerId(peer),
      from: before === null ? null : placeJson(before, naming),
      to: after === null ? null : placeJson(after, naming),
    })),
  };
}
