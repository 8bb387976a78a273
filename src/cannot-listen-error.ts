const IN_USE = 'the port is in use; stop whoever has it, or choose another with --port';

/** The address cannot be listened on: taken, not this machine's, or not allowed. */
export class CannotListenError extends Error {
  override readonly name = 'CannotListenError';

  constructor(host: string, port: number, cause: unknown) {
    const isTaken = cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE';
    const why = isTaken ? IN_USE : `${cause instanceof Error ? cause.message : String(cause)}; see --host and --port`;
    super(`cannot listen on ${host}, port ${String(port)}: ${why}`, { cause });
  }
}
