import type { TopologyCommand } from '../domain/commands.js';
import { COMPLAINT_VALID_MS, FORWARDING_WINDOW_MS } from '../domain/limits.js';
import { type Liveness, starvedFor } from '../domain/liveness.js';
import type { PeerLiveness } from '../domain/peer-liveness.js';
import type { PeerNode } from '../domain/peer-node.js';
import { FINDINGS_PER_BATCH_MAX, STALL_GRACE_MS } from './limits.js';
import type { LiveTrack } from './live-track.js';

/**
 * What the monitors of one track find now: tenure reached, parents that stall, parents that forward nothing, and those that may
 * serve again. Each command must be decided before the next is asked for. Costs in proportion to what is found.
 */
export function* findings(track: LiveTrack, nowMs: number): IterableIterator<TopologyCommand> {
  if (track.tree.placement === null) return;
  yield* tenures(track, nowMs);
  yield* suspicions(track, nowMs);
  yield* freeRiders(track, nowMs);
  yield* restorals(track, nowMs);
}

/** When there may be something to find, epoch milliseconds; null when nothing is in sight. */
export function findingsDueAt({ tree, liveness }: LiveTrack): number | null {
  const tenureMs = tree.placement?.tenureMs ?? null;
  const next = tenureMs === null ? null : tree.nextTenure();
  const dues: number[] = [];
  if (next !== null && tenureMs !== null) dues.push(next.joinedAt + tenureMs);
  for (const since of liveness.accused.values()) {
    dues.push(since + STALL_GRACE_MS);
    break;
  }
  if (liveness.doubted.size > 0) dues.push(0);
  for (const until of liveness.revokedUntil.values()) dues.push(until);
  return dues.length === 0 ? null : Math.min(...dues);
}

function* tenures({ tree }: LiveTrack, nowMs: number): IterableIterator<TopologyCommand> {
  const tenureMs = tree.placement?.tenureMs ?? null;
  if (tenureMs === null) return;
  for (let found = 0; found < FINDINGS_PER_BATCH_MAX; found += 1) {
    const next = tree.nextTenure();
    if (next === null || nowMs - next.joinedAt < tenureMs) return;
    yield { type: 'Tenure', peer: next.number };
  }
}

/** Complaints are judged in order of the first one, after a grace in which those above may complain too. */
function* suspicions({ tree, liveness }: LiveTrack, nowMs: number): IterableIterator<TopologyCommand> {
  let judged = 0;
  for (const [number, since] of liveness.accused) {
    if (judged === FINDINGS_PER_BATCH_MAX || nowMs - since < STALL_GRACE_MS) return;
    judged += 1;
    liveness.accused.delete(number);
    const accused = tree.peer(number);
    const complaints = accused === null ? 0 : complaintsAgainst(accused, liveness, nowMs);
    if (complaints > 0) yield { type: 'Suspect', peer: number, complaints };
  }
}

/**
 * @returns 0 when they don't suffice: it takes two children, or the only one that could complain, and a parent that is not cut off
 *   itself. Of a parent that has lost its own connection to the service the word of one child is enough.
 */
function complaintsAgainst(accused: PeerNode, liveness: Liveness, nowMs: number): number {
  if (accused.standing !== 'placed' || accused.suspected || isCutOff(accused, liveness, nowMs)) return 0;
  const complaints = accused.children.filter((child) => complains(child, liveness, nowMs)).length;
  const able = accused.children.filter((child) => isConnected(child, liveness)).length;
  const needed = isConnected(accused, liveness) ? Math.min(2, able) : 1;
  return complaints >= needed ? complaints : 0;
}

function isConnected({ number }: PeerNode, liveness: Liveness): boolean {
  return liveness.of(number)?.connected !== false;
}

/** Whether the peer or anybody above it complains in turn: then the fault lies further up. */
function isCutOff(peer: PeerNode, liveness: Liveness, nowMs: number): boolean {
  for (let above: PeerNode | null = peer; above !== null; above = above.parent)
    if (complains(above, liveness, nowMs)) return true;
  return false;
}

function complains(peer: PeerNode, liveness: Liveness, nowMs: number): boolean {
  const at = liveness.of(peer.number)?.complainedAt ?? null;
  return at !== null && nowMs - at <= COMPLAINT_VALID_MS;
}

function* freeRiders({ tree, liveness }: LiveTrack, nowMs: number): IterableIterator<TopologyCommand> {
  let looked = 0;
  for (const number of liveness.doubted) {
    if (looked === FINDINGS_PER_BATCH_MAX) return;
    looked += 1;
    liveness.doubted.delete(number);
    const doubted = tree.peer(number);
    const complaints = doubted === null ? 0 : starvedChildren(doubted, liveness, nowMs);
    if (complaints > 0) yield { type: 'Revoke', peer: number, complaints, windowMs: FORWARDING_WINDOW_MS };
  }
}

/** @returns how many children get nothing through a parent that is fed; 0 when that is not most of those who report, or only one of several. */
function starvedChildren(parent: PeerNode, liveness: Liveness, nowMs: number): number {
  if (parent.standing !== 'placed' || parent.revoked || !isFed(parent, liveness, nowMs)) return 0;
  const reports = parent.children
    .map((child) => liveness.of(child.number))
    .filter((child): child is PeerLiveness => isFresh(child, nowMs));
  const starved = reports.filter((child) => starvedFor(child) >= FORWARDING_WINDOW_MS).length;
  const isEnough = starved >= 2 ? 2 * starved > reports.length : starved === parent.children.length;
  return isEnough ? starved : 0;
}

/** By its own reports, for the whole window and longer. One that reports nothing is fed when a sibling is: never on no evidence, or a stopped broadcast would be blamed on the roots. */
function isFed(parent: PeerNode, liveness: Liveness, nowMs: number): boolean {
  if (isCutOff(parent, liveness, nowMs)) return false;
  if (liveness.of(parent.number)?.receivedFrames !== null) return isFlowing(parent, liveness, nowMs);
  return parent.parent?.children.some((sibling) => isFlowing(sibling, liveness, nowMs)) ?? false;
}

function isFlowing({ number }: PeerNode, liveness: Liveness, nowMs: number): boolean {
  const peer = liveness.of(number);
  if (peer === null || !isFresh(peer, nowMs) || peer.flowingSince === null) return false;
  return (peer.reportedAt ?? 0) - peer.flowingSince >= FORWARDING_WINDOW_MS;
}

function isFresh(peer: PeerLiveness | null, nowMs: number): boolean {
  return peer !== null && peer.reportedAt !== null && nowMs - peer.reportedAt <= COMPLAINT_VALID_MS;
}

function* restorals({ liveness }: LiveTrack, nowMs: number): IterableIterator<TopologyCommand> {
  let found = 0;
  for (const [peer, until] of liveness.revokedUntil) {
    if (nowMs < until) continue;
    if (found === FINDINGS_PER_BATCH_MAX) return;
    found += 1;
    yield { type: 'Restore', peer };
  }
}
