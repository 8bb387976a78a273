import * as z from 'zod';
import { problemAnswer } from '../protocol/http-answers.js';
import { type Operation, OPERATIONS } from './openapi-operations.js';
import { type ProblemCode, statusOf } from './problem.js';

type Json = Readonly<Record<string, unknown>>;

/** The OpenAPI 3.1 document of the HTTP interface, made from the schemas that questions are checked against. */
export function openApiDocument(): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const operation of OPERATIONS) (paths[operation.path] ??= {})[operation.method] = operationJson(operation);
  return {
    openapi: '3.1.0',
    info: {
      title: 'Meshledger',
      version: '1',
      description: 'Who relays to whom, now and at any moment of the past. Times are epoch milliseconds.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    security: [{ admin_token: [] }],
    paths,
    components: {
      schemas: { Problem: schemaJson(problemAnswer) },
      securitySchemes: {
        admin_token: { type: 'http', scheme: 'bearer', description: 'Only where the operator has set --admin-token.' },
      },
    },
  };
}

function operationJson(operation: Operation): Json {
  const { id, summary, description, answer, example } = operation;
  const content =
    answer === null
      ? { 'text/event-stream': { schema: { type: 'string' }, example } }
      : { 'application/json': { schema: schemaJson(answer), example } };
  return {
    operationId: id,
    summary,
    description,
    parameters: [...pathParameters(operation), ...queryParameters(operation)],
    ...(operation.body === undefined
      ? {}
      : { requestBody: { required: true, content: { 'application/json': { schema: schemaJson(operation.body) } } } }),
    responses: { 200: { description: summary, content }, ...refusalsJson([...operation.refusals, 'unauthorized']) },
  };
}

function pathParameters({ path, asked }: Operation): Json[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => ({
    name,
    in: 'path',
    required: true,
    description: name === 'track' ? 'URL-encoded' : '',
    schema: { type: 'string' },
    example: asked[name],
  }));
}

function queryParameters({ query, asked }: Operation): Json[] {
  if (query === undefined) return [];
  return Object.entries(query.shape).map(([name, schema]) => {
    const json = schemaJson(schema as z.ZodType);
    const example = json['type'] === 'integer' ? Number(asked[name]) : asked[name];
    return {
      name,
      in: 'query',
      required: false,
      schema: json,
      ...(asked[name] === undefined ? {} : { example }),
    };
  });
}

/** One answer for each status, which names its codes. */
function refusalsJson(codes: readonly ProblemCode[]): Record<string, Json> {
  const byStatus = new Map<number, ProblemCode[]>();
  for (const code of codes) byStatus.set(statusOf(code), [...(byStatus.get(statusOf(code)) ?? []), code]);
  return Object.fromEntries(
    [...byStatus].map(([status, own]) => [
      String(status),
      {
        description: own.join(', '),
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    ]),
  );
}

/** What a value looks like before it is parsed: parameters come as text. */
function schemaJson(schema: z.ZodType): Json {
  const json = z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
    override: ({ jsonSchema }) => {
      // A whole number in an address is text with digits; what it means says more than what it is.
      if (jsonSchema.type === 'integer') delete jsonSchema.pattern;
    },
  });
  return Object.fromEntries(Object.entries(json).filter(([name]) => name !== '$schema'));
}
