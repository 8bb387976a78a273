import { io, type Socket } from 'socket.io-client';
import type { TreeJson } from '../../src/history/tree-json.js';
import { eventsOfType } from './absence-rules.js';
import { type CrashStage, QUICK_HEARTBEATS, treePath } from './crash-stage.js';
import { eventually } from './eventually.js';
import type { ServiceProcess } from './service-process.js';

export const STAGED_TRACK = 'live/staged';
const VIEWERS = 40;
const BEAT_MS = 400;
const FRAMES_PER_BEAT = 10;
/** Generous, for a machine that runs everything else as well. */
const WITHIN_MS = 60_000;

/** Who was what in the evening. */
export interface StagedEvening {
  readonly freeRider: string;
  /** Its children, who got nothing. */
  readonly starved: number;
  /** Three of the four roots. */
  readonly killed: readonly string[];
}

/**
 * An evening with three accidents and nothing else: a relay that forwards nothing, three of four roots that vanish at once,
 * and a service that is killed and started again. Real sockets, real service; it goes on running.
 */
export async function stageEvening(stage: CrashStage): Promise<StagedEvening> {
  const flags = [...QUICK_HEARTBEATS, '--root-peer-count', '4', '--max-children', '3', '--policy', 'resilient'];
  const crowd = new StagedCrowd();
  try {
    const first = await stage.serve(...flags);
    await crowd.come(first.url);
    const tree = await treeOf(first);
    const killed = tree.peers
      .filter(({ role }) => role === 'Root')
      .slice(0, 3)
      .map(({ peer_id }) => peer_id);
    const { freeRider, starved } = await starveChildrenOfOne(stage, crowd, tree);
    for (const peerId of killed) crowd.vanish(peerId);
    await seen(stage, 'PeerTimedOut', killed.length);
    await first.kill();
    crowd.lose();
    const second = await stage.serve(...flags);
    await crowd.come(second.url);
    await seen(stage, 'PeerResumed', VIEWERS - killed.length);
    return { freeRider, starved, killed };
  } finally {
    crowd.close();
  }
}

async function starveChildrenOfOne(
  stage: CrashStage,
  crowd: StagedCrowd,
  tree: TreeJson,
): Promise<Omit<StagedEvening, 'killed'>> {
  const relay = tree.peers.find(({ role, depth, children }) => role === 'Relay' && depth === 1 && children.length >= 2);
  if (relay?.peer_id == null) throw new Error('no relay to make a free-rider of');
  for (const child of relay.children) crowd.starve(child);
  await seen(stage, 'ForwardingFailed', 1);
  // Their new parents feed them.
  for (const child of relay.children) crowd.feed(child);
  return { freeRider: relay.peer_id, starved: relay.children.length };
}

async function treeOf(service: ServiceProcess): Promise<TreeJson> {
  return (await service.get<TreeJson>(treePath(STAGED_TRACK))).body;
}

function seen(
  stage: CrashStage,
  type: 'ForwardingFailed' | 'PeerTimedOut' | 'PeerResumed',
  times: number,
): Promise<true> {
  return eventually(`${String(times)} of ${type}`, WITHIN_MS, () =>
    stage.readLog((reader) => (eventsOfType(reader, STAGED_TRACK, type).length >= times ? true : null)),
  );
}

/** Viewers that beat and report what they receive, each with a socket of its own. */
class StagedCrowd {
  readonly #viewers = new Map<string, { socket: Socket | null; starves: boolean; received: number }>();
  #beats: NodeJS.Timeout | null = null;

  /** Brings everybody in who has not vanished, one after the other: who joins first is a root. */
  async come(url: string): Promise<void> {
    if (this.#viewers.size === 0)
      for (let viewer = 1; viewer <= VIEWERS; viewer += 1)
        this.#viewers.set(`viewer-${String(viewer)}`, { socket: null, starves: false, received: 0 });
    for (const [peerId, viewer] of this.#viewers) {
      viewer.socket = io(`${url}/mesh`, { transports: ['websocket'], forceNew: true, reconnection: false });
      const identity = { peer_id: peerId, track: STAGED_TRACK, resume_token: `token-of-${peerId}-${'x'.repeat(22)}` };
      const answer = (await viewer.socket.timeout(WITHIN_MS).emitWithAck('register', identity)) as { ok: boolean };
      if (!answer.ok) throw new Error(`register of ${peerId} is refused: ${JSON.stringify(answer)}`);
      this.#beats ??= setInterval(() => this.#beat(), BEAT_MS);
    }
  }

  starve(peerId: string): void {
    const viewer = this.#viewers.get(peerId);
    if (viewer !== undefined) viewer.starves = true;
  }

  feed(peerId: string): void {
    const viewer = this.#viewers.get(peerId);
    if (viewer !== undefined) viewer.starves = false;
  }

  /** Says nothing any more, not even goodbye. */
  vanish(peerId: string): void {
    this.#viewers.get(peerId)?.socket?.disconnect();
    this.#viewers.delete(peerId);
  }

  /** All sockets are gone with the service. */
  lose(): void {
    for (const viewer of this.#viewers.values()) {
      viewer.socket?.disconnect();
      viewer.socket = null;
    }
  }

  close(): void {
    if (this.#beats !== null) clearInterval(this.#beats);
    this.lose();
  }

  #beat(): void {
    for (const viewer of this.#viewers.values()) {
      if (!viewer.starves) viewer.received += FRAMES_PER_BEAT;
      const frames = { forwarded_frames: viewer.received, received_frames: viewer.received };
      viewer.socket?.emit('heartbeat', {}).emit('forward_report', frames);
    }
  }
}
