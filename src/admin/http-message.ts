/**
 * Express's request and response by names of their own. Of a parameter that Nest fills in, the compiled code looks up the type as a
 * value; `Response` is one of Node's globals, and the first look at it loads all of fetch, 50 ms of every start.
 */
export type { Request as HttpRequest, Response as HttpResponse } from 'express';
