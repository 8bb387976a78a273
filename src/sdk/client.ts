/** The browser client of Meshledger, `meshledger/client`. */
export type { Assignment, FailoverPlan, IceServer } from '../protocol/server-messages.js';
export type { MeshClosed, MeshEvents, MeshState, ReceivedFrame } from './mesh-events.js';
export type { MeshHandlers } from './mesh-listeners.js';
export { MeshPeer } from './mesh-peer.js';
export { MeshRefusedError } from './mesh-peer-options.js';
export type { MeshFraming, MeshPeerOptions, MeshStats } from './mesh-peer-options.js';
export type { SessionEnd } from './mesh-session.js';
