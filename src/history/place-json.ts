import type { PeerNumber } from '../domain/ids.js';
import type { Role } from '../domain/peer-node.js';
import type { PeerNaming } from './peer-names.js';
import type { PeerPlace } from './peer-place.js';

/** Where a peer stands; `parent` 0 is the origin, and null means that it has none. */
export interface PlaceJson {
  role: Role;
  parent: PeerNumber | null;
  parent_id: string | null;
  /** Null when it is not fed. */
  depth: number | null;
}

/** A place in the public form. */
export function placeJson({ role, parent, depth }: PeerPlace, naming: PeerNaming): PlaceJson {
  return { role, parent, parent_id: parent === null ? null : naming.peerId(parent), depth };
}
