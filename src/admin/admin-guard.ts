import { createHash, timingSafeEqual } from 'node:crypto';
import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { Problem } from './problem.js';
import { ServiceMetrics } from './service-metrics.js';

/** The admin token in force, or null when the operator set none (then the service listens on loopback only). */
export const ADMIN_TOKEN = Symbol('ADMIN_TOKEN');

/** Lets a request pass that carries the admin token as `Authorization: Bearer`. */
@Injectable()
export class AdminGuard implements CanActivate {
  constructor(
    @Inject(ADMIN_TOKEN) private readonly adminToken: string | null,
    @Inject(ServiceMetrics) private readonly metrics: ServiceMetrics,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    if (this.adminToken === null) return true;
    const [scheme, token] = (context.switchToHttp().getRequest<Request>().headers.authorization ?? '').split(' ');
    if (scheme?.toLowerCase() === 'bearer' && token !== undefined && sameSecret(token, this.adminToken)) return true;
    this.metrics.adminRefused();
    throw new Problem('unauthorized', 'the admin token is needed, as Authorization: Bearer');
  }
}

/** Compares digests, so that neither length nor content shows in the time it takes. */
function sameSecret(one: string, other: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}
