import { NameEraser, type NamedPeer } from '../event-log/erase-names.js';
import { openEventLogReader, type SqliteEventLogReader } from '../event-log/sqlite-event-log-reader.js';
import type { ForgottenPeer, LogKeeper } from './log-keeper.js';

/** Who was forgotten. */
export interface ForgettingDone {
  readonly peers: readonly ForgottenPeer[];
}

/**
 * Erases a peer_id wherever the log holds it: each peer that ever had it is recorded as forgotten, whoever is in a track under it is kicked,
 * and then nothing of the name can be read in any file of the data directory. Numbers, chain and state hashes stay. An interrupted call is
 * made good by calling again.
 *
 * @param tracks where to look.
 * @returns nobody when the name stands nowhere.
 * @throws MaintenanceRefused when the service says no.
 */
export async function forgetPeer(
  dataDir: string,
  peerId: string,
  tracks: readonly string[],
  keeper: LogKeeper,
): Promise<ForgettingDone> {
  const reader = openEventLogReader(dataDir);
  try {
    const named = tracks.flatMap((track) => reader.peerNumbers(track, peerId).map((peer) => ({ track, peer })));
    const eraser = new NameEraser(dataDir, reader.segments[0]?.meta().logId ?? '');
    const interrupted = eraser.pending();
    if (named.length === 0 && interrupted.length === 0) return { peers: [] };
    eraser.intend(named.map(({ track, peer }) => ({ trackId: trackIdOf(reader, track), peer })));
    const all = [...named, ...namesOfTracks(reader, interrupted)];
    const unrecorded = unique(all).filter(({ track, peer }) => !isRecorded(reader, track, peer));
    // The file must be free of this reader, or its WAL could not be emptied.
    reader.release();
    await keeper.forget(unrecorded);
    eraser.erase();
    return { peers: unique(all) };
  } finally {
    reader.close();
  }
}

function trackIdOf(reader: SqliteEventLogReader, track: string): number {
  return reader.segments.at(-1)?.trackId(track) ?? 0;
}

function namesOfTracks(reader: SqliteEventLogReader, peers: readonly NamedPeer[]): ForgottenPeer[] {
  const byId = new Map((reader.segments.at(-1)?.heads() ?? []).map(({ trackId, track }) => [trackId, track]));
  return peers.flatMap(({ trackId, peer }) => {
    const track = byId.get(trackId);
    return track === undefined ? [] : [{ track, peer }];
  });
}

function unique(peers: readonly ForgottenPeer[]): ForgottenPeer[] {
  return [...new Map(peers.map((peer) => [`${peer.track} ${String(peer.peer)}`, peer])).values()];
}

/** A peer_id that is in no track any more has its PeerForgotten behind its last event. */
function isRecorded(reader: SqliteEventLogReader, track: string, peer: number): boolean {
  return reader.segments.some((segment) => {
    const trackId = segment.trackId(track);
    return trackId !== null && segment.isForgotten(trackId, peer);
  });
}
