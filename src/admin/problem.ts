import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import type { Response } from 'express';
import type { Rejection, RejectionCode } from '../domain/commands.js';
import { HistoryFault, type HistoryFaultCode } from '../history/history-request.js';

export type ProblemCode =
  RejectionCode | HistoryFaultCode | 'invalid_query' | 'invalid_time' | 'not_found' | 'internal';

const STATUS: Partial<Record<ProblemCode, number>> = {
  invalid_query: 400,
  invalid_message: 400,
  invalid_track: 400,
  invalid_peer_id: 400,
  invalid_time: 400,
  invalid_range: 400,
  position_out_of_range: 400,
  time_out_of_range: 400,
  unauthorized: 401,
  not_found: 404,
  unknown_peer: 404,
  unknown_stream_position: 410,
  query_too_costly: 422,
  query_timeout: 504,
  unknown_track: 404,
  history_unavailable: 410,
  policy_version_unavailable: 409,
  busy: 503,
  storage_unavailable: 503,
  shutting_down: 503,
  track_stopped: 503,
};

/** The HTTP status that goes with a code. */
export function statusOf(code: ProblemCode): number {
  return STATUS[code] ?? 500;
}

/** An answer other than the one asked for, sent as an RFC 9457 problem document with its `code`. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly status: number;

  constructor(
    readonly code: ProblemCode,
    readonly detail: string,
  ) {
    super(detail);
    this.status = statusOf(code);
  }

  static ofRejection({ code, reason }: Rejection): Problem {
    return new Problem(code, reason);
  }
}

/** Turns whatever an HTTP handler throws into a problem document; what nobody expected is logged by the caller's hook. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly onUnexpected: (error: unknown) => void) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<Response>();
    const problem = this.#problemOf(error);
    if (response.headersSent) {
      response.destroy();
      return;
    }
    if (problem.code === 'unauthorized') response.setHeader('WWW-Authenticate', 'Bearer');
    response
      .status(problem.status)
      .type('application/problem+json')
      .send(
        JSON.stringify({
          type: 'about:blank',
          title: titleOf(problem.status),
          status: problem.status,
          code: problem.code,
          detail: problem.detail,
        }),
      );
  }

  #problemOf(error: unknown): Problem {
    if (error instanceof Problem) return error;
    if (error instanceof HistoryFault) return new Problem(error.code, error.message);
    if (error instanceof HttpException && error.getStatus() === 404) return new Problem('not_found', error.message);
    if (error instanceof HttpException && error.getStatus() < 500) return new Problem('invalid_query', error.message);
    this.onUnexpected(error);
    return new Problem('internal', 'the service failed to answer; its log says why');
  }
}

const TITLES: Record<number, string> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  404: 'Not Found',
  410: 'Gone',
  422: 'Unprocessable Content',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
};

function titleOf(status: number): string {
  return TITLES[status] ?? 'Error';
}
