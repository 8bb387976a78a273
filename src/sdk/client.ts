/** The browser client of Meshledger, `meshledger/client`. */
export type { Assignment, FailoverPlan, IceServer } from '../protocol/server-messages.js';
export type { MeshClosed, MeshEvents, ReceivedFrame } from './mesh-events.js';
export { MeshPeer } from './mesh-peer.js';
export { MeshRefusedError } from './mesh-peer-options.js';
export type { MeshPeerOptions, MeshStats } from './mesh-peer-options.js';
export type { SessionEnd } from './mesh-session.js';
