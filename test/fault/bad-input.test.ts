import { afterAll, beforeAll, expect, test } from 'bun:test'
import { existsSync, readFileSync } from 'node:fs'
import { createAwsCaller, type AwsCaller } from '#aws/client.ts'
import { AwsError } from '#aws/error.ts'
import { endGateways, startGatewayProcess, type GatewayProcess } from '../support/gateway-process.ts'

// Documents and files that are made to cost: each is refused in AWS's words, soon and without much memory.

let gateway: GatewayProcess
let caller: AwsCaller
beforeAll(async () => {
  gateway = await startGatewayProcess()
  caller = createAwsCaller({
    endpoint: gateway.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  })
})
afterAll(endGateways)

/** What took ten times as long before it was bounded; a busy machine needs a tenth of it. */
const REFUSAL_MS_MAX = 8000
/** The most that the gateway ever held: bodies of 50 MB are awaited whole, one after the other. */
const PEAK_MB_MAX = 1000

const IMPORT = '/restapis?mode=import'
const KEYS = '/apikeys?mode=import&format=csv'
const HEAD = 'openapi: 3.0.1\ninfo: {title: bad, version: "1"}\n'
const BIG = 50_000_000

interface BadInput {
  readonly target: string
  readonly body: () => Uint8Array
  readonly told: RegExp
}

const text = (made: () => string): (() => Uint8Array) => {
  return () => Buffer.from(made())
}

const repeated = (word: string): string => Array<string>(9).fill(word).join()

const inputs: Readonly<Record<string, BadInput>> = {
  'a document of 50 MB': {
    target: IMPORT,
    body: text(() => `{"openapi":"3.0.1","info":{"title":"${'x'.repeat(BIG)}","version":"1"},"paths":{}}`),
    told: /has 500\d+ bytes, at most 6291456 are read/,
  },
  '50 MB of NUL': {
    target: IMPORT,
    body: () => new Uint8Array(BIG),
    told: /has 50000000 bytes, at most/,
  },
  'JSON of 6 MB with more paths than there may be': {
    target: IMPORT,
    body: text(() => {
      const paths = Array.from({ length: 350_000 }, (_, i) => `"/a${i}":{}`)
      return `{"openapi":"3.0.1","info":{"title":"bad","version":"1"},"paths":{${paths.join()}}}`
    }),
    told: /^Maximum number of Resources for this API has been reached/,
  },
  'YAML of 6 MB in short lines': {
    target: IMPORT,
    body: text(
      () => `${HEAD}paths:\n${Array.from({ length: 400_000 }, (_, i) => `  /a${i}: {}\n`).join('')}`,
    ),
    told: /more than 1500000 words and signs/,
  },
  'brackets without end': {
    target: IMPORT,
    body: () => Buffer.alloc(6_000_000, '['),
    told: /Invalid OpenAPI input/,
  },
  'aliases of aliases': {
    target: IMPORT,
    body: text(() => {
      const lines = Array.from({ length: 9 }, (_, i) => `x-${i + 1}: &a${i + 1} [${repeated(`*a${i}`)}]`)
      return `${HEAD}x-0: &a0 [${repeated('lol')}]\n${lines.join('\n')}\npaths: {}\n`
    }),
    told: /aliases cannot be followed/,
  },
  'a reference to itself': {
    target: IMPORT,
    body: text(() => `${HEAD}paths: {/a: {$ref: "#/paths/~1a"}}\n`),
    told: /the reference goes round in a circle/,
  },
  'bytes that are no UTF-8': {
    target: IMPORT,
    body: () => new Uint8Array([0xff, 0xfe, 0xc0]),
    told: /not UTF-8 text/,
  },
  'a file of 4 MB in one line': {
    target: KEYS,
    body: text(() => `Name,key\n${'x,'.repeat(2_000_000)}`),
    told: /line 2 has more than 100 columns/,
  },
  'a file of 4 MB of quotes': {
    target: KEYS,
    body: text(() => `Name,key\n"${'""'.repeat(2_000_000)}`),
    told: /line 2 has a quote that is not closed/,
  },
  'a file of 4 MB of keys': {
    target: KEYS,
    body: text(
      () => `Name,key\n${Array.from({ length: 80_000 }, (_, i) => `n${i},${'k'.repeat(30)}${i}\n`).join('')}`,
    ),
    told: /found more than \d+ keys/,
  },
}

for (const [name, { target, body, told }] of Object.entries(inputs)) {
  test(
    `${name}: refused soon`,
    async () => {
      const bytes = body()
      const begunMs = performance.now()
      const answer = await caller.call('apigateway', 'POST', target, bytes).catch((error: unknown) => error)
      const tookMs = performance.now() - begunMs
      expect(answer).toBeInstanceOf(AwsError)
      const { code, message, status } = answer as AwsError
      expect(message).toMatch(told)
      expect([400, 429]).toContain(status as number)
      expect(['BadRequestException', 'LimitExceededException']).toContain(code)
      expect(tookMs).toBeLessThan(REFUSAL_MS_MAX)
    },
    2 * REFUSAL_MS_MAX,
  )
}

test('a file of 4 MB of empty lines: nothing to import', async () => {
  const body = Buffer.from(`Name,key\n${'\n'.repeat(4_000_000)}`)
  expect(await caller.call('apigateway', 'POST', KEYS, body)).toEqual({ ids: [] })
})

const status = (): string => `/proc/${gateway.child.pid}/status`

test.skipIf(!existsSync('/proc/self/status'))('none of them needs much memory', () => {
  const [, peakKb] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(status(), 'utf8')) ?? []
  expect(Number(peakKb) / 1000).toBeLessThan(PEAK_MB_MAX)
})

test('the gateway goes on, and nothing was made', async () => {
  expect(await caller.call('apigateway', 'GET', '/restapis')).toEqual({ item: [] })
  expect(await caller.call('apigateway', 'GET', '/apikeys')).toEqual({ item: [] })
})
