import { expect, test } from 'bun:test'
import { Headers } from '#http/headers.ts'
import { WholeBody } from '#http/body.ts'
import { systemClock } from '#base/clock.ts'
import { createLog } from '#base/log.ts'
import fc from 'fast-check'
import { DEFAULT_OVERLAY } from './overlay.ts'
import { encodeText } from './canonical-request.ts'
import { codecs } from './protocols/index.ts'
import { splitTarget } from './raw-target.ts'
import { createAwsEndpoint } from './service.ts'
import { ServiceTable, type Operation, type ServiceMeta, type Shape } from './table.ts'
import apigateway from './tables/apigateway.json'
import lambda from './tables/lambda.json'
import sts from './tables/sts.json'

interface RawTable {
  readonly operations: Readonly<Record<string, { http?: [method: string, uri: string]; input?: string }>>
  readonly shapes: Readonly<Record<string, { members?: object }>>
}

const meta: ServiceMeta = {
  protocols: ['restJson1', 'awsJson1_1', 'awsQuery'],
  signingName: 'test',
  targetPrefix: 'Test',
  apiVersion: '2000-01-01',
  xmlNamespace: undefined,
  unsigned: [],
  load: () => Promise.resolve({}),
}

const SCALARS = ['string', 'boolean', 'integer', 'double', 'blob', 'timestamp', 'date-time', 'http-date']
const everyWay = (types: readonly string[]): string[] =>
  types.flatMap((type) => [type, `${type}[]`, `${type}{}`, `${type}[]{}`])
const memberName = fc.string({ minLength: 1 }).filter((name) => !name.includes('.') && !(name in {}))
const membersOf = (types: readonly string[]): fc.Arbitrary<Record<string, string>> =>
  fc.dictionary(memberName, fc.constantFrom(...everyWay(types)), { noNullPrototype: true })

/** A table with one operation whose input and output are a random structure, and a value of it. */
function anyCase(types: readonly string[], least: number): fc.Arbitrary<[ServiceTable, object]> {
  return fc.tuple(membersOf([...types, 'Inner']), membersOf(types)).chain(([outer, inner]) => {
    const table = new ServiceTable('test', meta, DEFAULT_OVERLAY, {
      operations: { Echo: { http: ['POST', '/', 200], input: 'Outer', output: 'Outer' } },
      shapes: { Outer: { members: outer }, Inner: { members: { ...inner, Always: 'string' } } },
    })
    return fc.tuple(fc.constant(table), valueOf(table.shape('Outer'), least) as fc.Arbitrary<object>)
  })
}

/** Values as handlers give and take them. @param least entries of maps */
function valueOf(shape: Shape, least: number): fc.Arbitrary<unknown> {
  switch (shape.kind) {
    case 'structure': {
      const entries = shape.members.map((each) => [each.name, valueOf(each.shape, least)] as const)
      const requiredKeys = shape.name === 'Inner' ? ['Always'] : []
      return fc.record(Object.fromEntries(entries), { requiredKeys, noNullPrototype: true })
    }
    case 'list':
      return fc.array(valueOf(shape.of, least), { maxLength: 3 })
    case 'map':
      return fc.dictionary(fc.string(), valueOf(shape.of, least), {
        minKeys: least,
        maxKeys: 3,
        noNullPrototype: true,
      })
    case 'string':
      return fc.string({ unit: 'grapheme' })
    case 'boolean':
      return fc.boolean()
    case 'integer':
    case 'long':
      return fc.maxSafeInteger()
    case 'float':
    case 'double':
      return fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0)
    case 'blob':
      return fc.uint8Array().map((bytes) => Buffer.from(bytes))
    case 'http-date':
      return fc.integer({ min: 0, max: 4_000_000_000 }).map((time) => time * 1000)
    case 'timestamp':
    case 'date-time':
    case 'epoch-seconds':
      return fc.integer({ min: 0, max: 4_000_000_000_000 })
    case 'document':
      return fc.jsonValue({ noNullPrototype: true } as object).filter((value) => value !== null)
  }
}

function echoOf(table: ServiceTable): Operation {
  return table.operation('Echo') as Operation
}

for (const protocol of ['restJson1', 'awsJson1_1'] as const) {
  test(`${protocol}: what is encoded is decoded, for any shape`, async () => {
    const codec = codecs[protocol]
    await fc.assert(
      fc.asyncProperty(anyCase([...SCALARS, 'document'], 0), async ([table, value]) => {
        const reply = codec.encode(value, echoOf(table), table, 'id')
        const body = await reply.body.bytes(1e9)
        const request = { method: 'POST', target: splitTarget('/'), headers: new Headers(), body }
        // Documents are JSON's own: -0 and the like are gone before they come to us.
        const same = (each: unknown): unknown => JSON.parse(JSON.stringify(each))
        expect(same(codec.decode(request, echoOf(table), new Map(), table))).toEqual(same(value))
      }),
    )
  })
}

test('awsQuery: forms are decoded, for any shape', () => {
  fc.assert(
    // Forms cannot tell an empty map from none.
    fc.property(anyCase(SCALARS, 1), ([table, value]) => {
      const pairs = formOf(table.shape('Outer'), value, '')
      const form = pairs.map(([name, text]) => `${encodeText(name)}=${encodeText(text)}`).join('&')
      const request = {
        method: 'POST',
        target: splitTarget('/'),
        headers: new Headers(),
        body: Buffer.from(form),
      }
      const decoded: object = codecs.awsQuery.decode(request, echoOf(table), new Map(), table)
      expect(decoded).toEqual(value)
    }),
  )
})

/** The pairs a client would send. */
function formOf(shape: Shape, value: unknown, name: string): [name: string, text: string][] {
  const dot = name === '' ? '' : '.'
  switch (shape.kind) {
    case 'structure':
      return shape.members.flatMap((member) => {
        const given = (value as Record<string, unknown>)[member.name]
        return given === undefined ? [] : formOf(member.shape, given, `${name}${dot}${member.name}`)
      })
    case 'list': {
      const entries = value as unknown[]
      if (entries.length === 0) return [[name, '']]
      return entries.flatMap((entry, at) => formOf(shape.of, entry, `${name}.member.${at + 1}`))
    }
    case 'map':
      return Object.entries(value as object).flatMap(([key, entry], at) => [
        [`${name}.entry.${at + 1}.key`, key],
        ...formOf(shape.of, entry, `${name}.entry.${at + 1}.value`),
      ])
    case 'blob':
      return [[name, (value as Buffer).toString('base64')]]
    case 'timestamp':
    case 'date-time':
    case 'http-date':
      return [[name, new Date(value as number).toISOString()]]
    default:
      return [[name, String(value)]]
  }
}

test('no body makes the endpoint fail: every operation of every service, random and half-right input', async () => {
  const failures: string[] = []
  const raws: readonly (readonly [table: string, raw: RawTable])[] = [
    ['apigateway', apigateway as object as RawTable],
    ['lambda', lambda as object as RawTable],
    ['sts', sts as object as RawTable],
  ]
  const endpoint = createAwsEndpoint({
    services: raws.map(([table, raw]) => ({
      table,
      handlers: Object.fromEntries(Object.keys(raw.operations).map((name) => [name, () => ({})])),
    })),
    credentials: { kind: 'any' },
    defaultAccount: '000000000000',
    defaultRegion: 'us-east-1',
    clock: systemClock,
    log: createLog('error', 'json', (line) => void failures.push(line)),
  })
  const operations = raws.flatMap(([table, raw]) =>
    Object.entries(raw.operations).map(([name, operation]) => {
      const [method, uri] = operation.http ?? ['POST', '/']
      return {
        table,
        name,
        method,
        uri,
        members: Object.keys(raw.shapes[operation.input ?? '']?.members ?? {}),
      }
    }),
  )
  const call = fc.constantFrom(...operations).chain((operation) => {
    const value = fc.jsonValue({ maxDepth: 4 })
    const entries = operation.members.map((name) => [name, value])
    const halfRight = fc.record(Object.fromEntries(entries), { requiredKeys: [] })
    const body = fc.oneof(
      fc.uint8Array(),
      fc.string().map((text) => Buffer.from(text)),
      fc.oneof(halfRight, value).map((json) => Buffer.from(JSON.stringify(json))),
      fc
        .dictionary(fc.string(), fc.string())
        .map((form) => Buffer.from(`Action=${operation.name}&${new URLSearchParams(form).toString()}`)),
    )
    return fc.tuple(fc.constant(operation), fc.string({ minLength: 1 }), body, fc.webQueryParameters())
  })
  await fc.assert(
    fc.asyncProperty(call, async ([{ table, method, uri }, label, body, query]) => {
      const path = uri.replace(/\{[^}]+\}/g, encodeURIComponent(label))
      const credential = `Credential=test/20260101/us-east-1/${table}/aws4_request`
      const reply = await endpoint.serve({
        method,
        target: `${path}${path.includes('?') ? '&' : '?'}${query}`,
        headers: new Headers([
          'Authorization',
          `AWS4-HMAC-SHA256 ${credential}, SignedHeaders=host, Signature=0`,
          'X-Amz-Date',
          '20260101T000000Z',
        ]),
        host: '',
        version: '1.1',
        peer: { address: '127.0.0.1', secure: false },
        body: new WholeBody(body),
        aborted: false,
        onAbort() {},
      })
      expect(reply.status).toBeWithin(200, 502)
      expect(failures).toEqual([])
    }),
    { numRuns: 2000 },
  )
})
