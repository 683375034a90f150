import type { ContentHandling } from '#model/rest-api.ts'
import type { RestCase } from './support/case.ts'
import {
  functionUri,
  lambdaProxy,
  type ApiDefinition,
  type IntegrationDefinition,
} from './support/definition.ts'
import { answering, echo, returning } from './support/functions.ts'

const source = 'developer guide, "Content type conversions in API Gateway"'
const internal = '{"message": "Internal server error"}'

/** What `binaryMediaTypes` is, and whether `image/png` is one of them. */
const lists: readonly (readonly [name: string, types: readonly string[] | undefined])[] = [
  ['no list', undefined],
  ['an empty list', []],
  ['another type', ['application/zip', 'image/*+x']],
  ['the type', ['application/zip', 'IMAGE/png']],
  ['its family', ['image/*']],
  ['everything', ['*/*']],
]

function one(
  integration: Partial<IntegrationDefinition>,
  binaryMediaTypes: readonly string[] | undefined,
): ApiDefinition {
  return {
    ...(binaryMediaTypes === undefined ? {} : { api: { binaryMediaTypes } }),
    paths: {
      '/x': {
        ANY: {
          integration: {
            type: 'HTTP',
            httpMethod: 'ANY',
            uri: 'http://backend.test/y',
            integrationResponses: { 200: {} },
            ...integration,
          },
        },
      },
    },
  }
}

/** `//4=`, which is base64 of `\xff\xfe`, as text, as what it says, and once more as base64. */
const TEXT = '//4='
const DECODED = '\xff\xfe'
const ENCODED = 'Ly80PQ=='

const binaryLists: ReadonlySet<string> = new Set(['the type', 'its family', 'everything'])

type Row = readonly [isBinary: boolean, handling: ContentHandling | undefined, given: string]

const requests: readonly Row[] = [
  [false, undefined, TEXT],
  [false, 'CONVERT_TO_TEXT', TEXT],
  [false, 'CONVERT_TO_BINARY', DECODED],
  [true, undefined, TEXT],
  [true, 'CONVERT_TO_TEXT', ENCODED],
  [true, 'CONVERT_TO_BINARY', TEXT],
]

/** Payloads on their way through HTTP integrations and functions. */
export const contentHandlingCases: readonly RestCase[] = [
  ...lists.flatMap(([list, types]) =>
    requests
      .filter(([isBinary]) => isBinary === binaryLists.has(list))
      .map(([, contentHandling, body]): RestCase => ({
        name: `request: image/png, ${list}, ${contentHandling ?? 'no contentHandling'}`,
        source,
        api: one({ contentHandling }, types),
        request: {
          method: 'POST',
          target: '/x',
          headers: ['Content-Type: image/png; a="b"', 'Accept: image/png'],
          body: TEXT,
        },
        expect: { status: 200, received: { body } },
      })),
  ),
  ...requests
    .filter(([, contentHandling]) => contentHandling !== undefined)
    .map(([isBinary, contentHandling, body]): RestCase => ({
      name: `request, HTTP_PROXY: ${isBinary ? 'the type' : 'another type'}, ${contentHandling}`,
      source,
      api: one({ type: 'HTTP_PROXY', contentHandling }, ['image/png']),
      request: {
        method: 'POST',
        target: '/x',
        headers: [`Content-Type: ${isBinary ? 'image/png' : 'text/plain'}`],
        body: TEXT,
      },
      expect: { status: 200, received: { body } },
    })),
  {
    name: 'HTTP_PROXY: without contentHandling bytes go through as they are, both ways',
    api: one({ type: 'HTTP_PROXY' }, undefined),
    backend: { body: '\xff\xfe' },
    request: { method: 'POST', target: '/x', headers: ['Content-Type: text/plain'], body: 'a\xffb' },
    expect: { status: 200, body: '\xff\xfe', received: { body: 'a\xffb' } },
  },
  ...(['image/png', 'text/plain'] as const).map((accept): RestCase => ({
    name: `request: it is the Content-Type that counts, not Accept: ${accept}`,
    source,
    api: one({ contentHandling: 'CONVERT_TO_TEXT' }, ['image/png']),
    request: {
      method: 'POST',
      target: '/x',
      headers: ['Content-Type: text/plain', `Accept: ${accept}`],
      body: TEXT,
    },
    expect: { status: 200, received: { body: TEXT } },
  })),
  {
    name: 'request: a body that is no UTF-8 stays as it is where it is binary',
    source,
    api: one({}, ['image/png']),
    request: { method: 'POST', target: '/x', headers: ['Content-Type: image/png'], body: 'a\xff\x00b' },
    expect: { status: 200, received: { body: 'a\xff\x00b' } },
  },
  {
    name: 'request: a template reads a binary body as base64, once it is text',
    source,
    api: one(
      { contentHandling: 'CONVERT_TO_TEXT', requestTemplates: { 'image/png': '{"file":"$input.body"}' } },
      ['image/png'],
    ),
    request: { method: 'POST', target: '/x', headers: ['Content-Type: image/png'], body: '\xff\xfe' },
    expect: { status: 200, received: { body: '{"file":"//4="}' } },
  },
  {
    name: 'request: a template cannot read what is no text',
    api: one({ requestTemplates: { 'image/png': '$input.body' } }, ['image/png']),
    request: { method: 'POST', target: '/x', headers: ['Content-Type: image/png'], body: '\xff\xfe' },
    expect: { status: 500, body: internal, header: { 'x-amzn-ErrorType': 'InternalServerErrorException' } },
  },
  {
    name: 'request: nothing stays nothing',
    api: one({ contentHandling: 'CONVERT_TO_BINARY' }, undefined),
    request: { method: 'POST', target: '/x', headers: ['Content-Type: image/png'], body: '' },
    expect: { status: 200, received: { body: '' } },
  },
  ...responses(),
  {
    name: 'response: the first media type of Accept counts, without its parameters',
    source,
    api: one({}, ['image/png']),
    backend: { headers: ['Content-Type', 'text/plain'], body: TEXT },
    request: { target: '/x', headers: ['Accept: image/png;q=0.5, text/plain'] },
    expect: { status: 200, body: DECODED },
  },
  {
    name: 'response: no other one does',
    source,
    api: one({}, ['image/png']),
    backend: { headers: ['Content-Type', 'text/plain'], body: TEXT },
    request: { target: '/x', headers: ['Accept: text/html, image/png'] },
    expect: { status: 200, body: TEXT },
  },
  {
    name: 'response: everything is binary, whatever is asked for',
    source,
    api: one({}, ['*/*']),
    backend: { headers: ['Content-Type', 'application/json'], body: '\xff\xfe' },
    request: { target: '/x' },
    expect: { status: 200, body: '\xff\xfe' },
  },
  {
    name: 'response: what is not base64 cannot be binary',
    source,
    api: one({ integrationResponses: { 200: { contentHandling: 'CONVERT_TO_BINARY' } } }, undefined),
    backend: { body: '{"not": "base64"}' },
    request: { target: '/x' },
    expect: { status: 500, body: internal, header: { 'x-amzn-ErrorType': 'InternalServerErrorException' } },
  },
  {
    name: 'response: what is no text becomes text with U+FFFD',
    source: 'recorded on AWS',
    api: one({}, undefined),
    backend: { body: 'a\xffb' },
    request: { target: '/x' },
    expect: { status: 200, body: 'a\xef\xbf\xbdb' },
  },
  {
    name: 'response: a template reads base64, once it is text',
    source,
    api: one(
      {
        integrationResponses: {
          200: {
            contentHandling: 'CONVERT_TO_TEXT',
            responseTemplates: { 'application/json': '{"file":"$input.body"}' },
          },
        },
      },
      ['image/png'],
    ),
    backend: { headers: ['Content-Type', 'image/png'], body: '\xff\xfe' },
    request: { target: '/x' },
    expect: { status: 200, body: '{"file":"//4="}' },
  },
  {
    name: 'response: what a template wrote becomes binary',
    source,
    api: one(
      {
        integrationResponses: {
          200: {
            contentHandling: 'CONVERT_TO_BINARY',
            responseTemplates: { 'application/json': '$input.path("$.file")' },
          },
        },
      },
      ['image/png'],
    ),
    backend: { headers: ['Content-Type', 'application/json'], body: '{"file":"//4="}' },
    request: { target: '/x', headers: ['Accept: image/png'] },
    expect: { status: 200, body: '\xff\xfe' },
  },
  {
    name: 'response: so does the text that a function returned',
    source: 'developer guide, "Return binary media from a Lambda non-proxy integration"',
    api: one(
      {
        type: 'AWS',
        httpMethod: 'POST',
        uri: functionUri('f'),
        integrationResponses: { 200: { contentHandling: 'CONVERT_TO_BINARY' } },
      },
      ['image/png'],
    ),
    functions: { f: answering('"//4="') },
    request: { target: '/x', headers: ['Accept: image/png'] },
    expect: { status: 200, body: '\xff\xfe' },
  },
  ...lists.flatMap(([list, types]) => [
    ((): RestCase => {
      const isBase64Encoded = binaryLists.has(list)
      return {
        name: `event: image/png, ${list}`,
        source: 'developer guide, "Working with binary media types for REST APIs"',
        api: proxied(types),
        functions: { f: echo },
        request: { method: 'POST', target: '/x', headers: ['Content-Type: image/png'], body: 'abc' },
        expect: {
          status: 200,
          invoked: [{ body: isBase64Encoded ? 'YWJj' : 'abc', isBase64Encoded }],
        },
      }
    })(),
    ...[true, false].map((isBase64Encoded): RestCase => ({
      name: `function: Accept: image/png, ${list}, isBase64Encoded ${isBase64Encoded}`,
      source: 'developer guide, "Return binary media from a Lambda proxy integration"',
      api: proxied(types),
      functions: { f: returning({ body: TEXT, isBase64Encoded }) },
      request: { target: '/x', headers: ['Accept: image/png'] },
      expect: { status: 200, body: isBase64Encoded && binaryLists.has(list) ? DECODED : TEXT },
    })),
  ]),
  {
    name: 'event: without Content-Type a body is text, unless everything is binary',
    api: proxied(['*/*']),
    functions: { f: echo },
    request: { method: 'POST', target: '/x', body: 'abc' },
    expect: { status: 200, invoked: [{ body: 'YWJj', isBase64Encoded: true }] },
  },
  {
    name: 'event: no body is no binary body',
    api: proxied(['*/*']),
    functions: { f: echo },
    request: { target: '/x' },
    expect: { status: 200, invoked: [{ body: null, isBase64Encoded: false }] },
  },
  {
    name: 'function: the Content-Type of the answer decides nothing',
    source: 'developer guide, "Return binary media from a Lambda proxy integration"',
    api: proxied(['image/png']),
    functions: {
      f: returning({ headers: { 'Content-Type': 'image/png' }, body: TEXT, isBase64Encoded: true }),
    },
    request: { target: '/x', headers: ['Accept: text/html'] },
    expect: { status: 200, body: TEXT, header: { 'Content-Type': 'image/png' } },
  },
]

function proxied(binaryMediaTypes: readonly string[] | undefined): ApiDefinition {
  return {
    ...(binaryMediaTypes === undefined ? {} : { api: { binaryMediaTypes } }),
    paths: { '/x': { ANY: { integration: lambdaProxy('f') } } },
  }
}

/** The table for responses, each cell. */
function responses(): RestCase[] {
  const handlings = [undefined, 'CONVERT_TO_TEXT', 'CONVERT_TO_BINARY'] as const
  const nothingIsBinary = [TEXT, TEXT, DECODED]
  const cells: readonly (readonly [type: string, accept: string, given: readonly string[]])[] = [
    ['text/plain', 'text/plain', nothingIsBinary],
    ['text/plain', 'image/png', [DECODED, TEXT, DECODED]],
    ['image/png', 'text/plain', [ENCODED, ENCODED, TEXT]],
    ['image/png', 'image/png', [TEXT, ENCODED, TEXT]],
  ]
  return [undefined, ['image/png'], ['image/*']].flatMap((types) =>
    cells.flatMap(([type, accept, given]) =>
      handlings.map((contentHandling, at): RestCase => ({
        name: `response: ${type} for ${accept}, ${types?.join() ?? 'no list'}, ${contentHandling ?? 'no contentHandling'}`,
        source,
        api: one({ integrationResponses: { 200: { contentHandling } } }, types),
        backend: { headers: ['Content-Type', type], body: TEXT },
        request: { target: '/x', headers: [`Accept: ${accept}`] },
        expect: { status: 200, body: (types === undefined ? nothingIsBinary : given)[at] as string },
      })),
    ),
  )
}
