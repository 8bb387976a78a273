import { CorruptLogError } from '../domain/errors.js';
import { findPolicy } from '../domain/policies/registry.js';
import type { RecordedEvent, RecordedTopologyEvent } from '../domain/events.js';
import type { Position } from '../domain/ids.js';
import { evolveLiveness, Liveness } from '../domain/liveness.js';
import { evolve } from '../domain/evolve.js';
import { RelayTree } from '../domain/relay-tree.js';
import type { TrackStart } from '../event-log/track-start.js';

/** One track in memory: its tree and who was heard when. Belongs to the writer; others read it between commits. */
export interface LiveTrack {
  readonly name: string;
  readonly tree: RelayTree;
  readonly liveness: Liveness;
  /** When the last peer went, service time; null while there are peers. */
  emptySince: number | null;
}

/** A track without peers whose log ends at `position`. */
export function emptyTrack(name: string, position: Position, recordedAt: number): LiveTrack {
  const tree = new RelayTree();
  tree.position = position;
  tree.recordedAt = recordedAt;
  return { name, tree, liveness: new Liveness(), emptySince: recordedAt };
}

/** Rebuilds a track from what its log begins with, which is changed, and the events behind that. @throws CorruptLogError when the log says something impossible. */
export function replayTrack(name: string, events: Iterable<RecordedEvent>, start?: TrackStart): LiveTrack {
  const track = { ...emptyTrack(name, 0, 0), ...start };
  for (const event of events) replayEvent(track, event);
  track.emptySince = track.tree.size === 0 ? track.tree.recordedAt : null;
  refuseUnknownPolicy(track.tree);
  return track;
}

/** No decision could be taken in such a track; found out now, it stops this track alone. */
function refuseUnknownPolicy({ settings, position }: RelayTree): void {
  if (settings === null || findPolicy(settings.policy, settings.policyVersion) !== null) return;
  const { policy, policyVersion } = settings;
  throw new CorruptLogError(position, `policy ${policy} version ${String(policyVersion)} is not in this build`);
}

function replayEvent(track: LiveTrack, event: RecordedEvent): void {
  if (isTopology(event)) {
    evolveLiveness(track.liveness, event);
    evolve(track.tree, event);
    return;
  }
  // Nobody could ever time out a peer that is not there.
  if (track.liveness.of(event.peer) === null)
    throw new CorruptLogError(event.position, `${event.type} of peer ${String(event.peer)}, which is not in the track`);
  evolveLiveness(track.liveness, event);
  track.tree.position = event.position;
  track.tree.recordedAt = event.recordedAt;
}

function isTopology(event: RecordedEvent): event is RecordedTopologyEvent {
  return event.type !== 'HeartbeatReceived' && event.type !== 'ForwardReported';
}
