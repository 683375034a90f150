import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { join } from 'node:path'
import { createAwsCaller, type AwsCaller } from '#aws/client.ts'
import { requestText, sendRaw, type RawReply, type RawRequest } from '../conformance/rest/support/raw-http.ts'
import { endGateways, startGatewayProcess, type GatewayProcess } from '../support/gateway-process.ts'

// Applications of frameworks behind AWS_PROXY, with the adapters that their users take: what clients see.

/** As `frameworks/picture.mjs` has it. */
const picture = Uint8Array.from([
  0x89,
  0x50,
  0x4e,
  0x47,
  0x0d,
  0x0a,
  ...Array.from({ length: 256 }, (_, i) => i),
])
/** UTF-8, as the bytes of `RawRequest`. */
const latin1 = (text: string): string => Buffer.from(text, 'utf8').toString('latin1')

const account = '000000000000'
let gateway: GatewayProcess
let caller: AwsCaller

beforeAll(async () => {
  gateway = await startGatewayProcess()
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
  caller = createAwsCaller({ endpoint: gateway.url, region: 'us-east-1', credentials })
})

afterAll(async () => {
  try {
    expect(await gateway.stop()).toBe(0)
  } finally {
    await endGateways()
  }
})

/** Everything below the root goes to a function whose handler is that of `frameworks/{name}.mjs`. @returns the API's id */
async function deploy(name: string): Promise<string> {
  const { FunctionArn } = (await caller.call('lambda', 'POST', '/2015-03-31/functions', {
    FunctionName: name,
    Runtime: 'nodejs20.x',
    Handler: `${name}.handler`,
    Role: `arn:aws:iam::${account}:role/any`,
    Timeout: 30,
    Code: { S3Bucket: 'hot-reload', S3Key: join(import.meta.dir, 'frameworks') },
  })) as { FunctionArn: string }
  const any = {
    'x-amazon-apigateway-any-method': {
      'x-amazon-apigateway-integration': {
        type: 'aws_proxy',
        httpMethod: 'POST',
        uri: `arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${FunctionArn}/invocations`,
      },
    },
  }
  const { id } = (await caller.call('apigateway', 'POST', '/restapis?mode=import', {
    openapi: '3.0.1',
    info: { title: name, version: '1' },
    'x-amazon-apigateway-binary-media-types': ['*/*'],
    paths: { '/': any, '/{proxy+}': any },
  })) as { id: string }
  await caller.call('apigateway', 'POST', `/restapis/${id}/deployments`, { stageName: 'dev' })
  return id
}

interface Row {
  readonly what: string
  readonly request: RawRequest
  readonly status: number
  /** Names and values that the answer has, beside others. */
  readonly headers?: readonly string[]
  /** The answer's JSON; a text of it; its bytes; or what is looked for in it. */
  readonly body?: object | string | RegExp | Uint8Array
}

const rows: readonly Row[] = [
  { what: 'the root', request: { target: '/' }, status: 200, body: 'root' },
  {
    what: 'path and query parameters, encoded',
    request: { target: '/pets/a%20b%2Fc?tag=x%26y' },
    status: 200,
    body: { id: 'a b/c', tag: 'x&y' },
  },
  {
    what: 'a repeated query parameter',
    request: { target: '/pets/1?tag=x&tag=y' },
    status: 200,
    body: { id: '1', tag: ['x', 'y'] },
  },
  {
    what: 'a repeated header',
    request: { target: '/header', headers: ['X-Many: a', 'X-Many: b'] },
    status: 200,
    body: /^\{"many":"a, ?b"\}$/,
  },
  {
    what: 'a JSON body',
    request: {
      method: 'POST',
      target: '/pets',
      headers: ['Content-Type: application/json'],
      body: latin1('{"a":"é"}'),
    },
    status: 201,
    body: { got: { a: 'é' } },
  },
  {
    what: 'a body that is no JSON',
    request: { method: 'POST', target: '/pets', headers: ['Content-Type: application/json'], body: '{"a":' },
    status: 400,
  },
  {
    what: 'a binary answer',
    request: { target: '/picture', headers: ['Accept: image/png'] },
    status: 200,
    headers: ['content-type', 'image/png'],
    body: picture,
  },
  {
    what: 'a binary request',
    request: {
      method: 'POST',
      target: '/bytes',
      headers: ['Content-Type: application/octet-stream'],
      body: '\x00\xff\x80',
    },
    status: 200,
    body: { bytes: [0, 255, 128] },
  },
  {
    what: 'cookies both ways',
    request: { target: '/cookies', headers: ['Cookie: x=y; z=1'] },
    status: 200,
    headers: ['set-cookie', 'a=1; Path=/', 'set-cookie', 'b=2; Path=/'],
    body: { got: 'x=y; z=1' },
  },
  { what: 'a redirect', request: { target: '/moved' }, status: 302, headers: ['location', '/elsewhere?a=b'] },
  { what: 'an error of its own', request: { target: '/teapot' }, status: 418, body: /short and stout/ },
  { what: 'a fault', request: { target: '/broken' }, status: 500 },
  { what: 'no such route', request: { target: '/nowhere' }, status: 404 },
  { what: 'no such method', request: { method: 'DELETE', target: '/pets/1' }, status: 404 },
]

/** Frameworks differ in what HTTP leaves open, and here alone. */
const OWN: Readonly<Record<string, Readonly<Record<string, Partial<Row>>>>> = {
  hono: { 'a body that is no JSON': { status: 500 } },
}

for (const name of ['express', 'nest', 'hono', 'fastify']) {
  describe(name, () => {
    let id: string
    beforeAll(async () => {
      id = await deploy(name)
    }, 20_000)

    for (const row of rows) {
      const { what, request, status, headers = [], body } = { ...row, ...OWN[name]?.[row.what] }
      test(what, async () => {
        const reply = await send(id, request)
        expect([reply.status, reply.body]).toEqual([status, expect.anything()])
        for (let at = 0; at < headers.length; at += 2) {
          expect(valuesOf(reply, headers[at] as string)).toContain(headers[at + 1] as string)
        }
        if (body === undefined) return
        const bytes = Buffer.from(reply.body, 'latin1')
        if (body instanceof Uint8Array) expect(bytes.equals(body)).toBe(true)
        else if (body instanceof RegExp) expect(bytes.toString()).toMatch(body)
        else if (typeof body === 'string') expect(bytes.toString()).toBe(body)
        else expect(JSON.parse(bytes.toString())).toEqual(body)
      })
    }
  })
}

function send(apiId: string, request: RawRequest): Promise<RawReply> {
  const host = `${apiId}.execute-api.us-east-1.localhost`
  return sendRaw(gateway.port, requestText(host, { ...request, target: `/dev${request.target}` }))
}

function valuesOf({ headers }: RawReply, name: string): string[] {
  const start = `${name}:`
  return headers
    .filter((line) => line.toLowerCase().startsWith(start))
    .map((line) => line.slice(start.length).trim())
}
