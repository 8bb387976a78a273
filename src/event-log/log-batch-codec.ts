import type { PeerIdentity } from '../domain/events.js';
import { isPeerId, isTrackName } from '../domain/ids.js';
import type { ByteReader } from './byte-reader.js';
import { ByteWriter } from './byte-writer.js';
import {
  PULSE_BLOCK_BYTES,
  TOPOLOGY_ROW_BYTES,
  writeCanonicalBlockHeader,
  writeCanonicalRow,
} from './canonical-bytes.js';
import { AppendFailedError, type LogBatch, type PulseRun, type TopologyRun, type TrackAppend } from './event-log.js';
import { PULSES_PER_BLOCK_MAX, RESUME_HASH_LENGTH_MAX } from './event-log-limits.js';
import { SALT_BYTES, writeName } from './name-codec.js';
import { PULSE_CODEC, faultOfPulses, writePulseBody } from './pulse-codec.js';
import { rowOfEvent } from './topology-event-row.js';
import { faultOfRow } from './topology-row.js';

/** First word of an encoded batch, with its version in the last byte. */
const BATCH_MAGIC = 0x4d4c6201;
export const TOPOLOGY_RUN = 1;
const PULSE_RUN = 2;
/** The store fills in the salt, where the randomness is. */
const NO_SALT_YET = new Uint8Array(SALT_BYTES);

/** What the head of a track must be, and will be, for an encoded append. */
export interface EncodedAppend {
  readonly track: string;
  readonly previousPosition: number;
  readonly lastPosition: number;
  readonly firstRecordedAt: number;
  readonly lastRecordedAt: number;
  readonly open: boolean;
  readonly runCount: number;
}

/**
 * A batch as one piece of memory that can be handed to a worker without a copy. The canonical bytes of its rows are
 * inside as they will be hashed. Checks all that can be checked without the log.
 *
 * @throws AppendFailedError when positions have gaps, times go back, or an event could not be read again.
 */
export function encodeBatch(batch: LogBatch): Uint8Array<ArrayBuffer> {
  const out = new ByteWriter(bytesExpected(batch));
  out.uint32(BATCH_MAGIC);
  out.uint32(batch.length);
  const tracks = new Set<string>();
  for (const append of batch) {
    if (tracks.has(append.track)) throw new AppendFailedError(`track ${append.track} is named twice in one batch`);
    tracks.add(append.track);
    writeAppend(out, append);
  }
  return out.finish();
}

/** Begins to read an encoded batch. @returns how many appends follow. */
export function readBatchHeader(reader: ByteReader): number {
  if (reader.uint32() !== BATCH_MAGIC) throw new AppendFailedError('the bytes are no encoded batch of this version');
  return reader.uint32();
}

/** Reads the head of one append; its runs follow. */
export function readAppendHeader(reader: ByteReader): EncodedAppend {
  return {
    track: reader.text(reader.uint32()),
    previousPosition: reader.float64(),
    lastPosition: reader.float64(),
    firstRecordedAt: reader.float64(),
    lastRecordedAt: reader.float64(),
    open: reader.byte() === 1,
    runCount: reader.uint32(),
  };
}

/** Follows the positions and times of one append. */
interface Progress {
  readonly track: string;
  position: number;
  firstRecordedAt: number;
  recordedAt: number;
}

function writeAppend(out: ByteWriter, append: TrackAppend): void {
  const { track, previousPosition, runs, open } = append;
  if (!isTrackName(track)) throw new AppendFailedError(`${JSON.stringify(track)} cannot name a track`);
  const progress: Progress = { track, position: previousPosition, firstRecordedAt: -1, recordedAt: 0 };
  let runCount = 0;
  const nameLengthOffset = out.length;
  out.skip(4);
  out.uint32At(nameLengthOffset, out.text(track));
  const numbersOffset = out.length;
  out.skip(4 * 8 + 1 + 4);
  for (const run of runs) {
    if (run.kind === 'topology') runCount += writeTopologyRun(out, run, progress);
    else runCount += writePulseRun(out, run, progress);
  }
  if (progress.position === previousPosition) throw new AppendFailedError(`track ${track}: an append without events`);
  const end = out.length;
  out.length = numbersOffset;
  out.float64(previousPosition);
  out.float64(progress.position);
  out.float64(progress.firstRecordedAt);
  out.float64(progress.recordedAt);
  out.byte(open ? 1 : 0);
  out.uint32(runCount);
  out.length = end;
}

function writeTopologyRun(out: ByteWriter, run: TopologyRun, progress: Progress): number {
  if (run.events.length === 0) return 0;
  out.uint32(TOPOLOGY_RUN);
  out.uint32(run.events.length);
  const lengthOffset = out.length;
  out.uint32(0);
  const start = out.length;
  for (const event of run.events) {
    const row = rowOfEvent(event);
    const fault = faultOfRow(row);
    if (fault !== null) refuse(progress.track, event.position, fault);
    advance(progress, event.position, 1, event.recordedAt, event.recordedAt);
    writeCanonicalRow(out, row, event.type === 'PeerJoined' && event.identity !== null);
  }
  out.uint32At(lengthOffset, out.length - start);
  for (const event of run.events) {
    if (event.type === 'PeerJoined' && event.identity !== null) {
      writeNameChecked(out, event.identity, progress.track, event.position);
    }
  }
  return 1;
}

function writeNameChecked(out: ByteWriter, identity: PeerIdentity, track: string, position: number): void {
  const { peerId, resumeHash } = identity;
  if (!isPeerId(peerId)) refuse(track, position, `${JSON.stringify(peerId)} cannot name a peer`);
  if (resumeHash !== null && resumeHash.length > RESUME_HASH_LENGTH_MAX)
    refuse(track, position, 'resume_hash is no hash');
  writeName(out, NO_SALT_YET, identity);
}

/** @returns how many blocks the run became. */
function writePulseRun(out: ByteWriter, run: PulseRun, progress: Progress): number {
  const { count, firstPosition, recordedAt } = run;
  const columns = [run.peers, run.recordedAt, run.forwardedFrames, run.receivedFrames];
  if (columns.some((column) => column.length !== count))
    refuse(progress.track, firstPosition, 'pulse columns differ in length');
  const fault = faultOfPulses(run, 0, count);
  if (fault !== null) refuse(progress.track, firstPosition, fault);
  let blocks = 0;
  for (let from = 0; from < count; from += PULSES_PER_BLOCK_MAX) {
    const to = Math.min(count, from + PULSES_PER_BLOCK_MAX);
    const block = {
      firstPosition: firstPosition + from,
      count: to - from,
      firstRecordedAt: recordedAt[from] ?? 0,
      lastRecordedAt: recordedAt[to - 1] ?? 0,
      codec: PULSE_CODEC,
    };
    advance(progress, block.firstPosition, block.count, block.firstRecordedAt, block.lastRecordedAt);
    out.uint32(PULSE_RUN);
    const bodyLengthOffset = writeCanonicalBlockHeader(out, block);
    const bodyStart = out.length;
    writePulseBody(out, run, from, to);
    out.uint32At(bodyLengthOffset, out.length - bodyStart);
    blocks += 1;
  }
  return blocks;
}

function advance(progress: Progress, position: number, count: number, firstAt: number, lastAt: number): void {
  if (position !== progress.position + 1) {
    refuse(progress.track, position, `position does not follow ${String(progress.position)}`);
  }
  if (firstAt < progress.recordedAt) refuse(progress.track, position, 'recorded_at goes back');
  if (progress.firstRecordedAt < 0) progress.firstRecordedAt = firstAt;
  progress.position += count;
  progress.recordedAt = lastAt;
}

function refuse(track: string, position: number, fault: string): never {
  throw new AppendFailedError(`track ${track}, position ${String(position)}: ${fault}`);
}

const NAME_BYTES_EXPECTED = 120;
const PULSE_BYTES_EXPECTED = 8;
const HEADER_BYTES_EXPECTED = 256;

function bytesExpected(batch: LogBatch): number {
  let bytes = 8;
  for (const append of batch) {
    bytes += HEADER_BYTES_EXPECTED;
    for (const run of append.runs) {
      bytes +=
        run.kind === 'topology'
          ? run.events.length * (TOPOLOGY_ROW_BYTES + NAME_BYTES_EXPECTED) + 16
          : run.count * PULSE_BYTES_EXPECTED + PULSE_BLOCK_BYTES + 64;
    }
  }
  return bytes;
}
