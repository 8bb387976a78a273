import { createHash } from 'node:crypto';
import { CANONICAL_STATE_VERSION } from '../domain/canonical-state.js';
import type { PeerIdentity } from '../domain/events.js';
import type { Position } from '../domain/ids.js';
import type { Liveness } from '../domain/liveness.js';
import { placementFor } from '../domain/policies/registry.js';
import { REDUCER_VERSION } from '../domain/reducer-version.js';
import { RelayTree } from '../domain/relay-tree.js';
import { ByteReader } from './byte-reader.js';
import { ByteWriter } from './byte-writer.js';
import { sameBytes } from './head-row.js';
import {
  countsOf,
  type LivenessCounts,
  type LivenessParts,
  readLiveness,
  readTree,
  restoreLiveness,
  restoreTree,
  type TreeColumns,
  writeLiveness,
  writeTree,
} from './snapshot-columns.js';
import { stateHash } from './state-hash.js';
import { detailOfSettings, settingsOfDetail } from './track-settings-detail.js';
import type { TrackState } from './track-state.js';

/**
 * A state as bytes: magic, byte order and format version, a header in JSON behind its length, the columns of tree and liveness, and the
 * SHA-256 of all of it. See docs/adr/0007-snapshots-are-a-cache.md.
 */
export const SNAPSHOT_FORMAT_VERSION = 1;
const MAGIC = Buffer.from('MLSNAP');
/** Columns are in the byte order of the machine; one of the other order reads this otherwise, and the file as foreign. */
const ORDER_MARK = 0x0102;
const PREAMBLE_BYTES = MAGIC.length + 4;
const DIGEST_BYTES = 32;
/** A peer with its liveness takes about so much; a good guess saves growing. */
const BYTES_PER_PEER = 64;

/** Which place of which log a state belongs to. */
export interface SnapshotPlace {
  readonly track: string;
  /** Of the last event in the state; a commit ends there. */
  readonly position: Position;
  /** Hash of the commit that ends there, hex: the same bytes of log, and no others, lead to this state. */
  readonly chainHash: string;
}

/** What stands before the columns. */
export interface SnapshotHeader extends LivenessCounts {
  readonly reducer: number;
  readonly state_version: number;
  readonly track: string;
  readonly position: number;
  readonly recorded_at: number;
  readonly chain_hash: string;
  readonly state_hash: string;
  /** As `TrackOpened` keeps them; null in a track that is closed. */
  readonly settings: string | null;
  readonly peers: number;
  readonly restarted_at: number;
  readonly last_resume_at: number;
}

/** Why bytes are no snapshot to go on from: other bytes than were written, or written by another version of the folds. */
export type SnapshotFault = 'damaged' | 'outdated';

/**
 * Writes a state down. It may be large: 100,000 peers take about 100 ms, so this is not for the thread that serves sockets.
 *
 * @param state the fold of the track up to and with `place.position`.
 */
export function encodeSnapshot(place: SnapshotPlace, { tree, liveness }: TrackState): Uint8Array<ArrayBuffer> {
  const header: SnapshotHeader = {
    reducer: REDUCER_VERSION,
    state_version: CANONICAL_STATE_VERSION,
    track: place.track,
    position: place.position,
    recorded_at: tree.recordedAt,
    chain_hash: place.chainHash,
    state_hash: stateHash(tree),
    settings: tree.settings === null ? null : detailOfSettings(tree.settings),
    peers: tree.size,
    restarted_at: liveness.restartedAt,
    last_resume_at: liveness.lastResumeAt,
    ...countsOf(liveness),
  };
  const out = new ByteWriter(1_024 + BYTES_PER_PEER * tree.size);
  out.bytes(MAGIC);
  out.bytes(new Uint8Array(Uint16Array.of(ORDER_MARK, SNAPSHOT_FORMAT_VERSION).buffer));
  const lengthOffset = out.length;
  out.uint32(0);
  out.uint32At(lengthOffset, out.text(JSON.stringify(header)));
  writeTree(out, tree);
  writeLiveness(out, liveness);
  out.bytes(digestOf(out.finish()));
  return out.finish();
}

/** Reads what `encodeSnapshot` wrote; says why when that cannot be used. */
export function decodeSnapshot(bytes: Uint8Array): Snapshot | SnapshotFault {
  if (bytes.length < PREAMBLE_BYTES + DIGEST_BYTES) return 'damaged';
  const end = bytes.length - DIGEST_BYTES;
  if (!sameBytes(digestOf(bytes.subarray(0, end)), bytes.subarray(end))) return 'damaged';
  if (!sameBytes(bytes.subarray(0, MAGIC.length), MAGIC)) return 'damaged';
  const [order, format] = new Uint16Array(Uint8Array.from(bytes.subarray(MAGIC.length, PREAMBLE_BYTES)).buffer);
  if (order !== ORDER_MARK || format !== SNAPSHOT_FORMAT_VERSION) return 'outdated';
  const reader = new ByteReader(bytes.subarray(PREAMBLE_BYTES, end));
  const header = JSON.parse(reader.text(reader.uint32())) as SnapshotHeader;
  if (header.reducer !== REDUCER_VERSION || header.state_version !== CANONICAL_STATE_VERSION) return 'outdated';
  const columns = readTree(reader, header.peers);
  return new Snapshot({ header, columns, liveness: reader.bytes.subarray(reader.offset) });
}

function livenessOf(header: SnapshotHeader, parts: LivenessParts): Liveness {
  const liveness = restoreLiveness(parts, header);
  liveness.restartedAt = header.restarted_at;
  liveness.lastResumeAt = header.last_resume_at;
  return liveness;
}

function digestOf(bytes: Uint8Array): Uint8Array {
  return createHash('sha256').update(bytes).digest();
}

/** What a snapshot consists of, as another thread can be handed it. */
export interface SnapshotParts {
  readonly header: SnapshotHeader;
  readonly columns: TreeColumns;
  /** Bytes where nobody has read it yet: most who want a tree do not want to know who was heard. */
  readonly liveness: Uint8Array | LivenessParts;
}

/** A state that was read and not yet built up. */
export class Snapshot {
  /** Of the tree in it, as it was written down. */
  readonly stateHash: string;
  readonly place: SnapshotPlace;
  /** @param names of its peers, in their order, when they were read along with it; null for a peer that was forgotten. */
  constructor(
    readonly parts: SnapshotParts,
    readonly names: readonly (PeerIdentity | null)[] | null = null,
  ) {
    const { track, position } = parts.header;
    this.stateHash = parts.header.state_hash;
    this.place = { track, position, chainHash: parts.header.chain_hash };
  }

  /** Peers whose names must be known to build it up, in order of joining. */
  get peers(): Float64Array {
    return this.parts.columns.numbers;
  }

  /**
   * Builds the tree up. The policy's indexes are made anew when somebody asks for them, so a policy of another version is no fault.
   *
   * @param names of its peers, in their order.
   */
  tree(names: readonly (PeerIdentity | null)[]): RelayTree {
    const { header, columns } = this.parts;
    const { position, recorded_at: recordedAt, settings } = header;
    const tree = new RelayTree();
    tree.position = position;
    tree.recordedAt = recordedAt;
    const rules = settings === null ? null : settingsOfDetail(settings);
    if (rules !== null) tree.open(rules, placementFor(rules));
    restoreTree(tree, columns, names);
    return tree;
  }

  /** Builds the liveness up; each call gives one of its own. */
  liveness(): Liveness {
    return livenessOf(this.parts.header, this.livenessParts());
  }

  /** What `liveness` is built from. */
  livenessParts(): LivenessParts {
    const { header, liveness } = this.parts;
    return liveness instanceof Uint8Array ? readLiveness(new ByteReader(liveness), header) : liveness;
  }
}
