import { describe, expect, test } from 'bun:test'
import { checkDocument } from './check-document.ts'

const INFO = 'info: { title: a, version: "1" }'
const OK = 'responses: { 200: { description: ok } }'

interface Case {
  readonly name: string
  /** YAML; its first line is the document's version. */
  readonly text: string
  /** `severity line:column message` */
  readonly found: readonly string[]
}

const cases: readonly Case[] = [
  {
    name: 'a document of every version, with extensions',
    text: `openapi: 3.0.3\n${INFO}\npaths: { /a: { get: { ${OK}, x-mine: 1 }, x-amazon-apigateway-any-method: {} } }`,
    found: [],
  },
  {
    name: 'the same in 3.1, which has more types',
    text: `openapi: 3.1.0\n${INFO}\npaths: { /a: { get: { ${OK}, x-mine: 1 } } }\ncomponents: { schemas: { A: { type: [string, "null"] } } }`,
    found: [],
  },
  {
    name: 'the same in Swagger',
    text: `swagger: "2.0"\n${INFO}\npaths: { /a: { get: { ${OK}, x-mine: 1 } } }`,
    found: [],
  },
  {
    name: 'what API Gateway does not miss',
    text: `openapi: 3.0.1\n${INFO}\npaths:\n  /a:\n    get: {}\n    put: { responses: { 200: {} } }`,
    found: [
      'warning 5:5 paths./a.get: responses is missing (OpenAPI 3.0)',
      'warning 6:25 paths./a.put.responses.200: description is missing (OpenAPI 3.0)',
    ],
  },
  {
    name: 'members that there are none of',
    text: `openapi: 3.1.0\n${INFO}\npaths:\n  /a:\n    get: { ${OK},\n      foo: 1 }\n    fetch: {}`,
    found: [
      'warning 6:7 paths./a.get.foo: there is no such member (OpenAPI 3.1)',
      'warning 7:5 paths./a.fetch: there is no such member (OpenAPI 3.1)',
    ],
  },
  {
    name: 'values of another type',
    text: `openapi: 3.0.1\ninfo:\n  title: a\n  version: 1.0\npaths:\n  /a: { get: { ${OK}, tags: pets, deprecated: maybe } }`,
    found: [
      'warning 4:3 info.version: found the number 1, expected a text (OpenAPI 3.0)',
      'warning 6:57 paths./a.get.tags: found the string "pets", expected a list (OpenAPI 3.0)',
      'warning 6:69 paths./a.get.deprecated: found the string "maybe", expected true or false (OpenAPI 3.0)',
    ],
  },
  {
    name: 'one of several forms, by the form that was meant',
    text: [
      'openapi: 3.0.1',
      INFO,
      'paths:',
      `  /a: { get: { ${OK}, parameters: [`,
      '    { name: q, in: path, schema: { type: strin } },',
      '    { name: h, in: headers, schema: { type: string } }] } }',
      'components: { securitySchemes: {',
      '    key: { type: apiKey, in: header },',
      '    basic: { type: basic } } }',
    ].join('\n'),
    found: [
      'warning 5:5 paths./a.get.parameters.0: required is missing (OpenAPI 3.0)',
      'warning 5:36 paths./a.get.parameters.0.schema.type: found the string "strin", expected one of array, boolean, integer, number, object, string (OpenAPI 3.0)',
      'warning 6:5 parameter h in headers is left out: API Gateway knows path, query and header',
      'warning 6:16 paths./a.get.parameters.1.in: found the string "headers", expected one of path, query, header, cookie (OpenAPI 3.0)',
      'warning 8:5 components.securitySchemes.key: name is missing (OpenAPI 3.0)',
      'warning 9:14 components.securitySchemes.basic.type: found the string "basic", expected one of apiKey, http, oauth2, openIdConnect (OpenAPI 3.0)',
    ],
  },
  {
    name: 'parameters of Swagger',
    text: `swagger: "2.0"\n${INFO}\npaths:\n  /a: { get: { ${OK}, parameters: [\n    { name: q, in: query },\n    { name: b, in: body }] } }`,
    found: [
      'warning 5:5 paths./a.get.parameters.0: type is missing (Swagger 2.0)',
      'warning 6:5 paths./a.get.parameters.1: schema is missing (Swagger 2.0)',
    ],
  },
  {
    name: 'what an import refuses is an error, also where it is only found in making the API',
    text: [
      'openapi: 3.0.1',
      INFO,
      'paths:',
      '  /a:',
      `    get: { ${OK},`,
      '      x-amazon-apigateway-integration: { type: aws, httpMethod: POST, uri: "no:arn" } }',
      `    put: { responses: { 404: { $ref: '#/components/responses/none' } } }`,
      'x-amazon-apigateway-minimum-compression-size: -1',
    ].join('\n'),
    found: [
      'error 1:1 Unable to create REST API: Invalid minimum compression size, must be between 0 and 10485760',
      "error 6:7 Unable to put integration on 'GET' for resource at path '/a': Invalid ARN specified in the request",
      'error 7:25 paths./a.put.responses.404: the reference #/components/responses/none leads nowhere in this document',
    ],
  },
  {
    name: 'variables stand for where it will be imported',
    text: [
      'openapi: 3.0.1',
      INFO,
      'paths:',
      '  /a:',
      `    get: { ${OK},`,
      '      x-amazon-apigateway-integration: { type: aws_proxy, httpMethod: POST, uri: "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/arn:aws:lambda:${AWS::Region}:${AWS::AccountId}:function:f/invocations" } }',
    ].join('\n'),
    found: [],
  },
  {
    name: 'no YAML',
    text: 'openapi: 3.0.1\ninfo: [}',
    found: ['error 2:8 Flow sequence in block collection must be sufficiently indented and end with a ]'],
  },
  {
    name: 'no OpenAPI',
    text: 'hello: world',
    found: ['error 1:1 expected "openapi": "3.0.x" or "3.1.x", or "swagger": "2.0", found neither'],
  },
]

describe('a document is checked:', () => {
  for (const { name, text, found } of cases) {
    test(name, async () => {
      const diagnostics = await checkDocument(Buffer.from(text))
      expect(
        diagnostics.map(({ severity, line, column, message }) => `${severity} ${line}:${column} ${message}`),
      ).toEqual([...found])
    })
  }
})

test('at most a hundred findings of the official schema are told, each once', async () => {
  const members = Array.from({ length: 500 }, (_, at) => `  wrong${at}: 1`).join('\n')
  const found = await checkDocument(
    Buffer.from(`openapi: 3.0.1\ninfo:\n  title: a\n  version: "1"\n${members}\npaths: {}`),
  )
  expect(found).toHaveLength(100)
})
