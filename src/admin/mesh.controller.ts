import { Controller, Get, Inject, Query, UseGuards } from '@nestjs/common';
import { forgottenName } from '../domain/ids.js';
import { type PeerNode, roleOf } from '../domain/peer-node.js';
import type { LiveTrack } from '../topology/live-track.js';
import { TopologyService } from '../topology/topology-service.js';
import { AdminGuard } from './admin-guard.js';
import { offloadPercentage } from './offload.js';
import { Problem } from './problem.js';
import { parseMeshQuery } from './query.js';

/** A peer as the operators of an LVQR mesh know it. */
export interface MeshPeerJson {
  peer_id: string;
  /** `Leaf` is a peer that claims no capacity. LVQR has no word for a peer that waits: it reads as a relay or leaf whose top has no parent. */
  role: 'Root' | 'Relay' | 'Leaf';
  parent: string | null;
  depth: number;
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
    let relayed = 0;
    for (const name of names) {
      const seen = await this.topology.writer.read(name, (live) => (live === null ? NOBODY : meshOf(live)));
      if ('code' in seen) throw Problem.ofRejection(seen);
      for (const peer of seen.peers) peers.push(peer);
      relayed += seen.relayed;
    }
    const offload = offloadPercentage(relayed, peers.length);
    return { enabled: true, peer_count: peers.length, offload_percentage: offload, peers };
  }
}

const NOBODY = { relayed: 0, peers: [] as MeshPeerJson[] };

function meshOf(live: LiveTrack): typeof NOBODY {
  return { relayed: live.tree.placedCount - live.tree.rootCount, peers: meshPeers(live) };
}

function meshPeers({ tree, liveness }: LiveTrack): MeshPeerJson[] {
  return Array.from(tree.peers(), (peer) => ({
    peer_id: nameOf(peer),
    role: meshRole(peer),
    parent: peer.parent === null ? null : nameOf(peer.parent),
    depth: peer.depth,
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
  if (roleOf(peer) === 'Root') return 'Root';
  return peer.claim === 0 ? 'Leaf' : 'Relay';
}
