import type { PeerNode } from './peer-node.js';

/** Hears which peers an event touched, so that exactly those are told. */
export interface TreeWatcher {
  /** The peer's role, parent or depth may differ now. */
  changed(peer: PeerNode): void;
  /** `child` is no longer fed by `formerParent`, which must close the connection. */
  detached(child: PeerNode, formerParent: PeerNode): void;
}
