import { type Outcome, rejection, type TopologyCommand } from '../domain/commands.js';
import { ORIGIN } from '../domain/ids.js';
import type { LiveTrack } from './live-track.js';
import type { NamedReport } from './queued-command.js';

/**
 * The command behind what a peer says, looked up when it is decided: names may have changed hands while it waited.
 *
 * @returns an outcome at once where there is nothing to decide: a parent it no longer has, a plan it has told of already, or
 * (rejection `unknown_peer`) a peer it claims to have turned to that is not in the track.
 */
export function byNumber(report: NamedReport, { tree, liveness }: LiveTrack): TopologyCommand | Outcome {
  const { peer } = report;
  const unchanged: Outcome = { ok: true, position: tree.position, peer };
  if (report.type === 'NoticeStall') {
    const parent = report.parentId === null ? ORIGIN : (tree.peerNamed(report.parentId)?.number ?? null);
    return parent === null ? unchanged : { type: 'ReportStall', peer, parent, silentMs: report.silentMs };
  }
  const connectedTo = report.connectedTo === null ? ORIGIN : (tree.peerNamed(report.connectedTo)?.number ?? null);
  if (connectedTo === null) return rejection('unknown_peer', `no peer ${String(report.connectedTo)} is in the track`);
  if (liveness.of(peer)?.turnedTo === connectedTo) return unchanged;
  const lostParent = tree.peerNamed(report.lostParentId)?.number ?? null;
  return { type: 'FollowPlan', peer, lostParent, connectedTo };
}
