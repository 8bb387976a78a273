import { ORIGIN, type PeerNumber } from '../domain/ids.js';
import type {
  BeforeAfterJson,
  CapacityChangedJson,
  DiffJson,
  DiffMomentJson,
  JoinedJson,
  LeftJson,
  MovedJson,
} from '../history/diff.js';
import type { DepartureWord } from '../history/departure.js';
import type { PlaceJson } from '../history/place-json.js';
import { counted } from '../history/spoken-figures.js';
import type { Ink } from './ink.js';
import { isoTimestamp, timeOfDay } from './spoken-time.js';

const DEPARTED: Readonly<Record<DepartureWord, string>> = {
  left: 'left',
  replaced: 'was replaced by its next join',
  timed_out: 'timed out',
  kicked: 'was kicked',
};

/** A diff as lines of text: the two moments, then `+` who joined, `-` who left, `~` who moved, `=` who changed its capacity. */
export function* drawDiff(diff: DiffJson, ink: Ink): IterableIterator<string> {
  yield `${ink.bold(diff.track)}  from ${momentText(diff.from)}`;
  yield `${' '.repeat(diff.track.length)}    to ${momentText(diff.to)}`;
  yield `${String(diff.joined_count)} joined · ${String(diff.left_count)} left · ${String(diff.moved_count)} moved${
    diff.capacity_changed_count === 0 ? '' : ` · ${String(diff.capacity_changed_count)} changed capacity`
  }${
    diff.passed_through_count === 0 ? '' : ` · ${counted(diff.passed_through_count, 'other')} came and went in between`
  }`;
  yield `offload ${changeText(diff.offload_percentage, ' %')} · depth ${changeText(diff.max_depth_seen, '')}`;
  if (diff.joined_count + diff.left_count + diff.moved_count + diff.capacity_changed_count > 0) yield '';
  for (const joined of diff.joined) yield `+ ${joinedText(joined, ink)}`;
  for (const left of diff.left) yield `- ${leftText(left, ink)}`;
  for (const moved of diff.moved) yield `~ ${movedText(moved, ink)}`;
  for (const changed of diff.capacity_changed) yield `= ${capacityText(changed, ink)}`;
}

function momentText({ position, recorded_at: at, peer_count: peers }: DiffMomentJson): string {
  const time = at === null ? 'before the first event' : isoTimestamp(at);
  return `position ${String(position)}  ${time}  ${counted(peers, 'peer')}`;
}

function joinedText({ joined_at: at, returned, to, ...peer }: JoinedJson, ink: Ink): string {
  return `${ink.bold(nameOf(peer.peer, peer.peer_id))}  joined${returned ? ' again' : ''} at ${timeOfDay(at)}: ${placeText(to)}`;
}

function leftText({ left_at: at, cause, from, ...peer }: LeftJson, ink: Ink): string {
  return `${ink.bold(nameOf(peer.peer, peer.peer_id))}  ${DEPARTED[cause]} at ${timeOfDay(at)}, from ${placeText(from)}`;
}

function movedText({ from, to, decisions, cause, ...peer }: MovedJson, ink: Ink): string {
  const why = decisions === 0 ? 'moved along' : (cause ?? 'no free slot');
  return `${ink.bold(nameOf(peer.peer, peer.peer_id))}  from ${placeText(from)} to ${placeText(to)} (${why})`;
}

function capacityText({ from, to, ...peer }: CapacityChangedJson, ink: Ink): string {
  const claims =
    from.capacity === to.capacity ? '' : `claims ${claimText(to.capacity)} instead of ${claimText(from.capacity)}, `;
  return `${ink.bold(nameOf(peer.peer, peer.peer_id))}  ${claims}can serve ${counted(to.effective_capacity, 'child', 'children')} instead of ${String(from.effective_capacity)}`;
}

function claimText(capacity: number | null): string {
  return capacity === null ? 'no limit of its own' : String(capacity);
}

/** `92.3 % (unchanged)`, `92.3 % -> 92.1 % (-0.2)`. */
function changeText({ from, to, change }: BeforeAfterJson, unit: string): string {
  if (change === 0) return `${String(to)}${unit} (unchanged)`;
  return `${String(from)}${unit} -> ${String(to)}${unit} (${change > 0 ? '+' : ''}${String(change)})`;
}

function placeText({ role, parent, parent_id: parentId, depth }: PlaceJson): string {
  if (depth === null) return parent === null ? 'waiting' : `waiting below ${nameOf(parent, parentId)}`;
  return `${role} under ${parent === null ? 'nobody' : nameOf(parent, parentId)}, depth ${String(depth)}`;
}

/** A forgotten peer keeps its number. */
function nameOf(peer: PeerNumber, peerId: string | null): string {
  return peer === ORIGIN ? 'the origin' : (peerId ?? `#${String(peer)}`);
}
