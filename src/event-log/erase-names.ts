import { existsSync } from 'node:fs';
import type { PeerNumber, Position } from '../domain/ids.js';
import { namesFile } from './data-directory.js';
import { openNamesForWriting } from './names-file.js';
import { isSealed, sealSegment, unsealedSegments } from './seal-segment.js';

/** A peer of a log, by number. */
export interface NamedPeer {
  readonly trackId: number;
  readonly peer: PeerNumber;
}

/** The names of a log to erase in, in whatever process; the service may run meanwhile. */
export class NameEraser {
  constructor(
    private readonly dataDir: string,
    private readonly logId: string,
  ) {}

  /** Writes down who is to be forgotten, so that an interrupted forgetting can be ended. From here on no name of theirs is moved. */
  intend(peers: readonly NamedPeer[]): void {
    this.#write((names) => {
      const insert = names.prepare('INSERT OR IGNORE INTO forgotten (track_id, peer, done) VALUES (?, ?, 0)');
      names.transaction(() => {
        for (const { trackId, peer } of peers) insert.run(trackId, peer);
      })();
    });
  }

  /** Those whom an earlier forgetting was interrupted at. */
  pending(): NamedPeer[] {
    if (!existsSync(namesFile(this.dataDir))) return [];
    return this.#write((names) =>
      names.prepare<[], NamedPeer>('SELECT track_id AS trackId, peer FROM forgotten WHERE done = 0').all(),
    );
  }

  /**
   * Erases the names of all who are to be forgotten, and leaves nothing of them between the rows that stay. The names of the live segment
   * must have been moved out before.
   *
   * @returns how many names were erased.
   */
  erase(): number {
    for (const file of unsealedSegments(this.dataDir)) if (!isSealed(file)) sealSegment(this.dataDir, file);
    return this.#rewriting((names) => {
      const { changes } = names
        .prepare('DELETE FROM peer_name WHERE (track_id, peer) IN (SELECT track_id, peer FROM forgotten)')
        .run();
      names.exec('UPDATE forgotten SET done = 1 WHERE done = 0');
      return changes;
    });
  }

  /**
   * Erases the names of joins up to `throughPosition` but for those of the peers that are kept: nothing in the log refers to them any more.
   *
   * @returns how many names were erased.
   */
  eraseUpTo(tracks: Iterable<{ trackId: number; throughPosition: Position; kept: ReadonlySet<PeerNumber> }>): number {
    return this.#rewriting((names) => {
      const found = names
        .prepare<[number, number], PeerNumber>('SELECT peer FROM peer_name WHERE track_id = ? AND peer <= ?')
        .pluck();
      const erase = names.prepare('DELETE FROM peer_name WHERE track_id = ? AND peer = ?');
      let erased = 0;
      for (const { trackId, throughPosition, kept } of tracks) {
        for (const peer of found.all(trackId, throughPosition)) {
          if (!kept.has(peer)) erased += erase.run(trackId, peer).changes;
        }
      }
      return erased;
    });
  }

  /** Deletes within one transaction, then writes the file anew: deleted rows leave copies where pages were split. */
  #rewriting(erase: (names: ReturnType<typeof openNamesForWriting>) => number): number {
    return this.#write((names) => {
      const erased = names.transaction(() => erase(names))();
      if (erased > 0) names.exec('VACUUM');
      names.pragma('wal_checkpoint(TRUNCATE)');
      return erased;
    });
  }

  #write<Value>(work: (names: ReturnType<typeof openNamesForWriting>) => Value): Value {
    const names = openNamesForWriting(namesFile(this.dataDir), this.logId);
    try {
      return work(names);
    } finally {
      names.close();
    }
  }
}
