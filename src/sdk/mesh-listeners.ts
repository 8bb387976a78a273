import type { Assignment } from '../protocol/server-messages.js';
import { type MeshEvents, MeshEventTarget, type MeshState } from './mesh-events.js';

/** One handler each for what most pages want to hear: given to the constructor of a `MeshPeer`, or set on it at any time. */
export interface MeshHandlers {
  /** Each frame once, in order; see `ReceivedFrame` for what may be done with `data`. */
  onFrame: ((data: Uint8Array<ArrayBuffer>, objectId: number) => void) | null;
  /** A child's channel is open. */
  onChildOpen: ((peerId: string) => void) | null;
  /** Another place, role or plan. */
  onAssignment: ((assignment: Assignment) => void) | null;
  onStateChange: ((state: MeshState) => void) | null;
}

/** Who listens to a peer: any number of listeners by event, and the handlers. */
export class MeshListeners implements MeshHandlers {
  onFrame: MeshHandlers['onFrame'];
  onChildOpen: MeshHandlers['onChildOpen'];
  onAssignment: MeshHandlers['onAssignment'];
  onStateChange: MeshHandlers['onStateChange'];
  protected readonly events = new MeshEventTarget();

  constructor({ onFrame, onChildOpen, onAssignment, onStateChange }: Partial<MeshHandlers>) {
    this.onFrame = onFrame ?? null;
    this.onChildOpen = onChildOpen ?? null;
    this.onAssignment = onAssignment ?? null;
    this.onStateChange = onStateChange ?? null;
    this.on('frame', ({ objectId, data }) => this.onFrame?.(data, objectId));
    this.on('child', ({ peerId }) => this.onChildOpen?.(peerId));
    this.on('assignment', (assignment) => this.onAssignment?.(assignment));
    this.on('state', ({ state }) => this.onStateChange?.(state));
  }

  /** Listens to one of `MeshEvents`. @returns a function that ends it. */
  on<Name extends keyof MeshEvents>(name: Name, listener: (body: MeshEvents[Name]) => void): () => void {
    return this.events.on(name, listener);
  }
}
