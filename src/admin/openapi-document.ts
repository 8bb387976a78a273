import { openApiDocument } from './openapi.js';

/** The description of the HTTP interface. The same at every start, so the build makes it once and the service only reads it. */
export const OPENAPI_DOCUMENT = openApiDocument();
