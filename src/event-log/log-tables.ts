/** The tables of a log file, as kysely sees them. Times are in epoch milliseconds, hashes are raw bytes. */
export interface EventLogTables {
  log_meta: LogMetaTable;
  event_type: { code: number; name: string };
  cause_name: { type: number; code: number; name: string };
  track: { track_id: number; name: string };
  commit: CommitTable;
  topology_event: TopologyEventTable;
  pulse_block: PulseBlockTable;
  peer_name: PeerNameTable;
  track_head: TrackHeadTable;
  segment_start: SegmentStartTable;
  segment_opening: TrackHeadTable;
  stretch: StretchTable;
}

interface LogMetaTable {
  only_row: number;
  format_version: number;
  log_id: string;
  segment: number;
  created_at: number;
  /** SHA-256 over the other columns. */
  digest: Uint8Array;
}

interface CommitTable {
  /** Ascending over all tracks: what a follower has seen is one number. */
  sequence: number;
  track_id: number;
  first_position: number;
  last_position: number;
  /** Of its last event. */
  recorded_at: number;
  /** 1 when the track is open after this commit. */
  open: number;
  codec: number;
  hash: Uint8Array;
}

interface TopologyEventTable {
  track_id: number;
  position: number;
  recorded_at: number;
  type: number;
  version: number;
  codec: number;
  peer: number | null;
  /** 0 is the origin, null is none. */
  parent: number | null;
  former_parent: number | null;
  caused_by: number | null;
  cause: number | null;
  /** The one number of the event: capacity, silent_ms, gap_ms, complaints, or the number of the displaced peer. */
  amount: number | null;
  depth: number | null;
  /** First half of SHA-256(salt, peer_id, resume_hash); survives the erasure of the name. */
  name_digest: Uint8Array | null;
  /** JSON of the few events that have more to say, such as the settings of `TrackOpened` and `TrackConfigured`. */
  detail: string | null;
}

interface PulseBlockTable {
  track_id: number;
  first_position: number;
  count: number;
  first_recorded_at: number;
  last_recorded_at: number;
  codec: number;
  body: Uint8Array;
}

interface PeerNameTable {
  track_id: number;
  peer: number;
  peer_id: string;
  resume_hash: string | null;
  salt: Uint8Array;
  /** Where the last packed stretch ended when the peer joined: names of a while stand together in the index. */
  stretch: number;
}

interface TrackHeadTable {
  track_id: number;
  position: number;
  recorded_at: number;
  hash: Uint8Array;
  open: number;
}

interface SegmentStartTable {
  only_row: number;
  /** Of the last commit before the segment. */
  last_sequence: number;
  /** SHA-256 over the other columns and the rows of `segment_opening`. */
  digest: Uint8Array;
}

/** Whom the topology rows behind one position, up to and with another, name. Follows from them; not in the chain. */
interface StretchTable {
  track_id: number;
  after_position: number;
  last_position: number;
  codec: number;
  body: Uint8Array;
}
