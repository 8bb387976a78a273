/** An expected no of the history, with the code of the public contract. */
export type HistoryFaultCode =
  | 'unknown_track'
  | 'unknown_peer'
  | 'position_out_of_range'
  | 'unknown_stream_position'
  | 'damaged_log'
  | 'busy'
  | 'query_timeout'
  | 'query_too_expensive'
  | 'shutting_down'
  | 'history_failed';

export class HistoryFault extends Error {
  override readonly name = 'HistoryFault';

  constructor(
    readonly code: HistoryFaultCode,
    message: string,
  ) {
    super(message);
  }
}
