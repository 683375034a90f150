import { describe, expect, test } from 'bun:test'
import openapiV3 from '@seriousme/openapi-schema-validator/schemas/v3.0/schema.json' with { type: 'json' }
import openapiV31 from '@seriousme/openapi-schema-validator/schemas/v3.1/schema.json' with { type: 'json' }
import { Ajv2020 } from 'ajv/dist/2020.js'
import AjvDraft4 from 'ajv-draft-04'
import fc from 'fast-check'
import { walkSchema } from '#control-plane/openapi/check/schema-walk.ts'

// What our walk over the official schemas refuses is what ajv refuses: documents with a few mistakes in them.

const base = (openapi: string): object => ({
  openapi,
  info: { title: 'a', version: '1', license: { name: 'l' } },
  servers: [{ url: '/', variables: { v: { default: 'd', enum: ['d'] } } }],
  tags: [{ name: 't' }],
  paths: {
    '/a/{id}': {
      parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'string' } }],
      post: {
        tags: ['t'],
        parameters: [{ $ref: '#/components/parameters/q' }],
        requestBody: { content: { 'application/json': { schema: { type: 'object' }, example: {} } } },
        responses: {
          '200': { description: 'ok', headers: { h: { schema: { type: 'string' } } }, content: {} },
          default: { $ref: '#/components/responses/r' },
        },
        security: [{ key: [] }],
      },
    },
  },
  components: {
    schemas: { A: { type: 'object', properties: { a: { type: 'array', items: { type: 'integer' } } } } },
    parameters: { q: { name: 'q', in: 'query', schema: { type: 'string' } } },
    responses: { r: { description: 'r' } },
    securitySchemes: {
      key: { type: 'apiKey', in: 'header', name: 'x-api-key' },
      http: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
    },
  },
})

type Node = Record<string, unknown> | unknown[]

/** Every map and list of a value. */
function nodesOf(value: unknown): Node[] {
  if (typeof value !== 'object' || value === null) return []
  return [value as Node, ...Object.values(value).flatMap(nodesOf)]
}

interface Mistake {
  readonly node: number
  readonly member: number
  readonly kind: 'remove' | 'replace' | 'add'
  readonly name: string
  readonly value: unknown
}

function withMistakes(openapi: string, mistakes: readonly Mistake[]): object {
  const document = structuredClone(base(openapi))
  for (const { node, member, kind, name, value } of mistakes) {
    const nodes = nodesOf(document)
    const target = nodes[node % nodes.length] as Record<string, unknown>
    const names = Object.keys(target)
    const at = names[member % Math.max(names.length, 1)]
    if (kind === 'add' && !Array.isArray(target)) target[name] = structuredClone(value)
    else if (at === undefined || Array.isArray(target)) continue
    else if (kind === 'remove') delete target[at]
    else target[at] = structuredClone(value)
  }
  return document
}

const mistake = fc.record<Mistake>({
  node: fc.nat(500),
  member: fc.nat(20),
  kind: fc.constantFrom('remove', 'replace', 'add'),
  name: fc.constantFrom(
    'x-mine',
    'foo',
    '$ref',
    'in',
    'type',
    'schema',
    'content',
    'example',
    'get',
    '/b',
    '404',
  ),
  value: fc.constantFrom(
    null,
    true,
    1,
    'text',
    'header',
    'string',
    [],
    ['a', 'a'],
    {},
    { $ref: '#/a' },
    { description: 'd' },
  ),
})

const options = { strict: false, validateFormats: false, validateSchema: false, logger: false } as const
const versions = [
  { openapi: '3.0.1', schema: openapiV3, validate: new AjvDraft4(options).compile(openapiV3) },
  { openapi: '3.1.0', schema: openapiV31, validate: new Ajv2020(options).compile(openapiV31) },
] as const

describe('ajv and we refuse the same documents', () => {
  for (const { openapi, schema, validate } of versions) {
    test(openapi, () => {
      fc.assert(
        fc.property(fc.array(mistake, { maxLength: 3 }), (mistakes) => {
          const document = withMistakes(openapi, mistakes)
          const ours = walkSchema(schema, document)
          expect({ document, fine: ours.length === 0 }).toEqual({ document, fine: validate(document) })
        }),
        { numRuns: 500 },
      )
    })
  }
})
