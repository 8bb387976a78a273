import type { PeerNumber } from '../domain/ids.js';
import type { PendingPulse } from './batch.js';

/**
 * Pulses that linger for company: one commit of many costs little more than one of one. They wait by track, and all tracks
 * go together. Per-peer order is kept by asking `holds` before a command of that peer is decided.
 */
export class PulseBuffer {
  size = 0;
  readonly #tracks = new Map<string, TrackPulses>();

  add(track: string, pulse: PendingPulse): void {
    let pulses = this.#tracks.get(track);
    if (pulses === undefined) {
      pulses = { pending: [], peers: new Set() };
      this.#tracks.set(track, pulses);
    }
    pulses.pending.push(pulse);
    pulses.peers.add(pulse.peer);
    this.size += 1;
  }

  /** Whether a pulse of this peer is waiting. */
  holds(track: string, peer: PeerNumber): boolean {
    return this.#tracks.get(track)?.peers.has(peer) ?? false;
  }

  tracks(): string[] {
    return [...this.#tracks.keys()];
  }

  /** Takes back what `take` handed over, in the order it had: it comes before all that waits for the track. */
  putBack(track: string, pulses: readonly PendingPulse[]): void {
    const later = this.take(track, Infinity);
    for (const pulse of [...pulses, ...later]) this.add(track, pulse);
  }

  /** Hands over what waits for one track and was submitted up to `lastSequence`, in order of arrival. */
  take(track: string, lastSequence: number): PendingPulse[] {
    const pulses = this.#tracks.get(track);
    if (pulses === undefined) return [];
    this.#tracks.delete(track);
    this.size -= pulses.pending.length;
    const later = pulses.pending.findIndex((pulse) => pulse.sequence > lastSequence);
    if (later === -1) return pulses.pending;
    for (const pulse of pulses.pending.splice(later)) this.add(track, pulse);
    return pulses.pending;
  }
}

interface TrackPulses {
  readonly pending: PendingPulse[];
  readonly peers: Set<PeerNumber>;
}
