/**
 * What the browser tests run in a page: one peer, and a diary of what it got. Tests speak to it through `globalThis.viewer`; a frame is
 * its number in 8 bytes, and padding, so that what arrives can be checked byte by byte.
 */
import { MeshPeer, type MeshPeerOptions } from '../../../src/sdk/client.js';

const FRAME_HEADER_BYTES = 12;

class ViewerPage {
  peer: MeshPeer | null = null;
  readonly ids: number[] = [];
  readonly atMs: number[] = [];
  readonly gaps: { from: number; to: number }[] = [];
  readonly parents: { peerId: string | null; atMs: number }[] = [];
  readonly states: string[] = [];
  readonly assignments: { cause: string | null; parentId: string | null; atMs: number }[] = [];
  damaged = 0;
  closed: string | null = null;
  #publishing: ReturnType<typeof setInterval> | undefined;
  #next = 0;

  async join(options: MeshPeerOptions): Promise<unknown> {
    const peer = new MeshPeer(options);
    this.peer = peer;
    peer.on('frame', ({ objectId, data }) => {
      this.ids.push(objectId);
      this.atMs.push(Date.now());
      if (!isWhole(objectId, data)) this.damaged += 1;
    });
    peer.on('gap', (gap) => this.gaps.push(gap));
    peer.on('parent', ({ peerId }) => this.parents.push({ peerId, atMs: Date.now() }));
    peer.on('state', ({ state }) => this.states.push(state));
    peer.on('closed', ({ code }) => {
      this.closed = code;
    });
    peer.on('assignment', ({ cause, parent_id: parentId }) => {
      this.assignments.push({ cause, parentId, atMs: Date.now() });
    });
    return peer.connect();
  }

  /** Pushes a frame of `bytes` with the next number. */
  push(bytes: number): boolean {
    const objectId = this.#next;
    this.#next += 1;
    return this.peer?.pushFrame(frame(objectId, bytes), objectId) ?? false;
  }

  /** The next frame pushed gets this number. */
  startAt(objectId: number): void {
    this.#next = objectId;
  }

  publish(framesPerSecond: number, bytes: number): void {
    this.#publishing = setInterval(() => this.push(bytes), 1_000 / framesPerSecond);
  }

  stopPublishing(): void {
    clearInterval(this.#publishing);
  }

  look(): object {
    const { peer, ids, gaps, parents, states, assignments, damaged, closed } = this;
    return {
      peerId: peer?.peerId,
      stats: peer?.stats,
      assignment: peer?.assignment,
      parentId: peer?.parentId,
      childIds: peer?.childIds,
      isFedByOrigin: peer?.isFedByOrigin,
      ids,
      atMs: this.atMs,
      gaps,
      parents,
      states,
      assignments,
      damaged,
      closed,
    };
  }
}

function frame(objectId: number, bytes: number): Uint8Array {
  const data = new Uint8Array(Math.max(bytes, FRAME_HEADER_BYTES)).fill(objectId % 251);
  const view = new DataView(data.buffer);
  view.setFloat64(0, objectId);
  view.setUint32(8, data.byteLength);
  return data;
}

function isWhole(objectId: number, data: Uint8Array): boolean {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  if (view.getFloat64(0) !== objectId || view.getUint32(8) !== data.byteLength) return false;
  return data.subarray(FRAME_HEADER_BYTES).every((byte) => byte === objectId % 251);
}

Object.assign(globalThis, { viewer: new ViewerPage(), MeshPeer });
