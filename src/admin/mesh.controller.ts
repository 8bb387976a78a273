import { Controller, Get, Inject, Query, UseGuards } from '@nestjs/common';
import { forgottenName } from '../domain/ids.js';
import { type PeerNode, roleOf } from '../domain/peer-node.js';
import type { LiveTrack } from '../topology/live-track.js';
import { TopologyService } from '../topology/topology-service.js';
import { AdminGuard } from './admin-guard.js';
import { Problem } from './problem.js';
import { parseMeshQuery } from './query.js';

/** A peer as the operators of an LVQR mesh know it. */
export interface MeshPeerJson {
  peer_id: string;
  /** `Leaf` is a peer that claims no capacity; `Waiting` has no slot (LVQR has no such peer: it forgets them). */
  role: 'Root' | 'Relay' | 'Leaf' | 'Waiting';
  parent: string | null;
  depth: number | null;
  intended_children: number;
  forwarded_frames: number;
  capacity: number | null;
}

export interface MeshJson {
  enabled: true;
  peer_count: number;
  offload_percentage: number;
  peers: MeshPeerJson[];
}

/** The question LVQR operators already ask: who is in the mesh now, over all tracks or in one. */
@Controller('api/v1/mesh')
@UseGuards(AdminGuard)
export class MeshController {
  constructor(@Inject(TopologyService) private readonly topology: TopologyService) {}

  @Get()
  async mesh(@Query() query: unknown): Promise<MeshJson> {
    const { track } = parseMeshQuery(query);
    const names = track === undefined ? [...this.topology.tracks.all()].map((live) => live.name) : [track];
    const peers: MeshPeerJson[] = [];
    for (const name of names) peers.push(...(await this.#peersOf(name)));
    const fed = peers.filter((peer) => peer.depth !== null && peer.depth > 0).length;
    const offload = peers.length === 0 ? 0 : Math.round((fed * 1000) / peers.length) / 10;
    return { enabled: true, peer_count: peers.length, offload_percentage: offload, peers };
  }

  async #peersOf(name: string): Promise<MeshPeerJson[]> {
    const peers = await this.topology.writer.read(name, (live) => (live === null ? [] : meshPeers(live)));
    if ('code' in peers) throw Problem.ofRejection(peers);
    return peers;
  }
}

function meshPeers({ tree, liveness }: LiveTrack): MeshPeerJson[] {
  return Array.from(tree.peers(), (peer) => ({
    peer_id: nameOf(peer),
    role: meshRole(peer),
    parent: peer.parent === null ? null : nameOf(peer.parent),
    depth: peer.standing === 'placed' ? peer.depth : null,
    intended_children: peer.children.length,
    forwarded_frames: liveness.of(peer.number)?.forwardedFrames ?? 0,
    capacity: peer.claim,
  }));
}

function nameOf(peer: PeerNode): string {
  return peer.identity?.peerId ?? forgottenName(peer.number);
}

/** LVQR calls everyone below the roots a relay, whether it has children or not, unless it claims no capacity. */
function meshRole(peer: PeerNode): MeshPeerJson['role'] {
  const role = roleOf(peer);
  if (role === 'Root' || role === 'Waiting') return role;
  return peer.claim === 0 ? 'Leaf' : 'Relay';
}
