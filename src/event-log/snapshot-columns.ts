import { ASSIGNMENT_CAUSES } from '../domain/events.js';
import type { PeerIdentity } from '../domain/events.js';
import { type LivenessColumns, rowsByNumber } from '../domain/dormant-peers.js';
import { Liveness } from '../domain/liveness.js';
import type { PeerLiveness } from '../domain/peer-liveness.js';
import { NO_CHILDREN, type PeerNode, type Standing } from '../domain/peer-node.js';
import { addChild } from '../domain/children.js';
import { IN_FRONT_OF_ALL_HEAPS } from '../domain/heap-kinds.js';
import type { RelayTree } from '../domain/relay-tree.js';
import { ByteReader } from './byte-reader.js';
import type { ByteWriter } from './byte-writer.js';
import { readColumn, writeColumn } from './number-column.js';

/** Written out as records, so that a standing or a reason that is new cannot be forgotten here. */
const STANDING_CODES: Readonly<Record<Standing, number>> = { placed: 0, unplaced: 1, waiting: 2, below: 3 };
const REASON_CODES: Readonly<Record<PeerNode['unplacedBecause'], number>> = {
  joined: 0,
  orphaned: 1,
  shrunk: 2,
  suspected: 3,
  verified: 4,
  swapped: 5,
  tenured: 6,
  configured: 7,
};
const STANDINGS = Object.keys(STANDING_CODES) as Standing[];
const REASONS = Object.keys(REASON_CODES) as PeerNode['unplacedBecause'][];
const TENURED = 1;
const SUSPECTED = 2;
const REVOKED = 4;

/** Appends the peers of a tree in order of joining, column by column. Names are not in it: they stand in the log alone, where they can be erased. */
export function writeTree(out: ByteWriter, tree: RelayTree): void {
  const peers = [...tree.peers()];
  const indexOf = new Map(peers.map((peer, index) => [peer, index]));
  const column = (of: (peer: PeerNode) => number | null): void => writeColumn(out, peers.map(of));
  column((peer) => peer.number);
  column((peer) => peer.joinedAt);
  column((peer) => peer.claim);
  column((peer) => peer.effectiveCapacity);
  column((peer) => STANDING_CODES[peer.standing]);
  column((peer) => (peer.parent === null ? null : (indexOf.get(peer.parent) ?? null)));
  column((peer) => peer.depth);
  column((peer) => (peer.cause === null ? null : ASSIGNMENT_CAUSES.indexOf(peer.cause)));
  column((peer) => REASON_CODES[peer.unplacedBecause]);
  column((peer) => peer.formerParent);
  column((peer) => peer.subtreeSize);
  column(marksOf);
}

function marksOf({ tenured, suspected, revoked }: PeerNode): number {
  return (tenured ? TENURED : 0) + (suspected ? SUSPECTED : 0) + (revoked ? REVOKED : 0);
}

/** The peers of a tree as they were kept. */
export interface TreeColumns {
  readonly numbers: Float64Array;
  readonly joinedAt: Float64Array;
  readonly claims: Float64Array;
  readonly capacities: Float64Array;
  readonly standings: Float64Array;
  /** Places in these columns. */
  readonly parents: Float64Array;
  readonly depths: Float64Array;
  readonly causes: Float64Array;
  readonly reasons: Float64Array;
  readonly formerParents: Float64Array;
  readonly subtreeSizes: Float64Array;
  readonly marks: Float64Array;
}

/** @throws RangeError when bytes are missing. */
export function readTree(reader: ByteReader, count: number): TreeColumns {
  const column = (): Float64Array => readColumn(reader, count);
  return {
    numbers: column(),
    joinedAt: column(),
    claims: column(),
    capacities: column(),
    standings: column(),
    parents: column(),
    depths: column(),
    causes: column(),
    reasons: column(),
    formerParents: column(),
    subtreeSizes: column(),
    marks: column(),
  };
}

/** Builds the peers into an empty tree whose settings and placement are set. @param names of the peers, in their order. */
export function restoreTree(tree: RelayTree, columns: TreeColumns, names: readonly (PeerIdentity | null)[]): void {
  const peers = Array.from(columns.numbers, (_, index) => peerOf(columns, index, names[index] ?? null));
  // In order of joining, so each list of children comes out ascending.
  columns.parents.forEach((parentIndex, index) => {
    const [peer, parent] = [peers[index], peers[parentIndex]];
    if (peer === undefined || parent === undefined) return;
    peer.parent = parent;
    addChild(parent, peer);
  });
  // Only now: every index asks for children.
  tree.restore(peers);
}

/** Fields in the order of `newPeerNode`: else the engine would take them for two kinds of objects. */
function peerOf(columns: TreeColumns, index: number, identity: PeerIdentity | null): PeerNode {
  const marks = columns.marks[index] ?? 0;
  const cause = nullable(columns.causes[index]);
  return {
    standing: STANDINGS[columns.standings[index] ?? 0] ?? 'placed',
    depth: columns.depths[index] ?? 0,
    children: NO_CHILDREN,
    parent: null,
    effectiveCapacity: columns.capacities[index] ?? 0,
    number: columns.numbers[index] ?? 0,
    formerParent: nullable(columns.formerParents[index]),
    cause: cause === null ? null : (ASSIGNMENT_CAUSES[cause] ?? null),
    unplacedBecause: REASONS[columns.reasons[index] ?? 0] ?? 'joined',
    subtreeSize: columns.subtreeSizes[index] ?? 1,
    heapPlaces: IN_FRONT_OF_ALL_HEAPS,
    tenured: (marks & TENURED) !== 0,
    suspected: (marks & SUSPECTED) !== 0,
    revoked: (marks & REVOKED) !== 0,
    identity,
    joinedAt: columns.joinedAt[index] ?? 0,
    claim: nullable(columns.claims[index]),
  };
}

/** Appends who was heard when, from the most silent on, and what the monitors still have to judge. */
export function writeLiveness(out: ByteWriter, liveness: Liveness): void {
  const peers = [...liveness.bySilence()];
  const column = (of: (peer: PeerLiveness) => number | null): void => writeColumn(out, peers.map(of));
  column((peer) => peer.peer);
  column((peer) => peer.lastHeardAt);
  column((peer) => peer.lastHeartbeatAt);
  column((peer) => peer.forwardedFrames);
  column((peer) => peer.receivedFrames);
  column((peer) => (peer.connected ? 1 : 0));
  column((peer) => peer.parent);
  column((peer) => momentOrNull(peer.parentSince));
  column((peer) => peer.reportedAt);
  column((peer) => momentOrNull(peer.flowedAt));
  column((peer) => peer.flowingSince);
  column((peer) => peer.complainedAt);
  column((peer) => peer.turnedTo);
  for (const numbers of [
    [...liveness.accused.keys()],
    [...liveness.accused.values()],
    [...liveness.doubted],
    [...liveness.revokedUntil.keys()],
    [...liveness.revokedUntil.values()],
  ]) {
    writeColumn(out, numbers);
  }
}

/** "Never" is 0 in the liveness. As a distance it would take eight bytes of every peer, as null it takes none. */
function momentOrNull(atMs: number): number | null {
  return atMs === 0 ? null : atMs;
}

/** How many rows the columns of a liveness have. */
export interface LivenessCounts {
  readonly heard: number;
  readonly accused: number;
  readonly doubted: number;
  readonly revoked: number;
}

export function countsOf(liveness: Liveness): LivenessCounts {
  const { accused, doubted, revokedUntil } = liveness;
  return { heard: liveness.size, accused: accused.size, doubted: doubted.size, revoked: revokedUntil.size };
}

/** A liveness that was read and not yet built up. */
export interface LivenessParts {
  readonly columns: LivenessColumns;
  /** What the monitors still have to judge, as bytes. */
  readonly judgements: Uint8Array;
}

/** @throws RangeError when bytes are missing. */
export function readLiveness(reader: ByteReader, { heard }: LivenessCounts): LivenessParts {
  const column = (): Float64Array => readColumn(reader, heard);
  const peers = column();
  const columns = {
    peers,
    lastHeardAt: column(),
    lastHeartbeatAt: column(),
    forwardedFrames: column(),
    receivedFrames: column(),
    connected: column(),
    parents: column(),
    parentSince: column(),
    reportedAt: column(),
    flowedAt: column(),
    flowingSince: column(),
    complainedAt: column(),
    turnedTo: column(),
    ...rowsByNumber(peers),
  };
  return { columns, judgements: Uint8Array.from(reader.bytes.subarray(reader.offset)) };
}

/** Builds the liveness up; the parts may be used again. @throws RangeError when bytes are missing. */
export function restoreLiveness({ columns, judgements }: LivenessParts, counts: LivenessCounts): Liveness {
  const liveness = new Liveness();
  liveness.restore(columns);
  readJudgements(new ByteReader(judgements), counts, liveness);
  return liveness;
}

function readJudgements(reader: ByteReader, counts: LivenessCounts, liveness: Liveness): void {
  const accused = readColumn(reader, counts.accused);
  readColumn(reader, counts.accused).forEach((atMs, index) => liveness.accused.set(accused[index] ?? 0, atMs));
  readColumn(reader, counts.doubted).forEach((peer) => liveness.doubted.add(peer));
  const revoked = readColumn(reader, counts.revoked);
  readColumn(reader, counts.revoked).forEach((untilMs, index) =>
    liveness.revokedUntil.set(revoked[index] ?? 0, untilMs),
  );
}

function nullable(value: number | undefined): number | null {
  return value === undefined || Number.isNaN(value) ? null : value;
}
