import { afterAll, expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readClaim, type SignatureClaim } from '#aws/signature-claim.ts'
import { verify } from '#aws/sigv4.ts'
import { systemClock } from '#base/clock.ts'
import { trustStoreBytesMax } from '#control-plane/apigateway/trust-store-reader.ts'
import { textBody } from '#http/body.ts'
import { Headers } from '#http/headers.ts'
import type { HttpRequest } from '#http/message.ts'
import { startHttpServer } from '#http/server.ts'
import { createTrustStores } from './trust-stores.ts'

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-'))
mkdirSync(join(folder, 'stores', 'bucket', 'deep'), { recursive: true })
writeFileSync(join(folder, 'outside.pem'), 'outside')
writeFileSync(join(folder, 'stores', 'bucket', 'deep', 'k.pem'), 'store')
writeFileSync(join(folder, 'stores', 'bucket', 'large.pem'), Buffer.alloc(trustStoreBytesMax + 1))
symlinkSync(join(folder, 'outside.pem'), join(folder, 'stores', 'bucket', 'link.pem'))

const seen: HttpRequest[] = []
const answers: Readonly<Record<string, { status: number; text: string }>> = {
  '/bucket/a%20b/k.pem?versionId=v%2F1': { status: 200, text: 'signed' },
  '/bucket/large': { status: 200, text: 'x'.repeat(trustStoreBytesMax + 1) },
}
/** What S3 is asked; who asked is verified by the rules of the server's side. */
const server = startHttpServer({
  hostname: '127.0.0.1',
  port: 0,
  handler: (request) => {
    seen.push(request)
    const { status, text } = answers[request.target] ?? { status: 404, text: 'NoSuchKey' }
    return { status, headers: new Headers(), body: textBody(text) }
  },
})
afterAll(async () => {
  await server.stop({ graceMs: 0 })
  rmSync(folder, { recursive: true })
})

const endpoint = { AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${server.port}` }
const keys = { AWS_ACCESS_KEY_ID: 'KEY', AWS_SECRET_ACCESS_KEY: 'secret' }
const from = (environment: Record<string, string>, stores?: string) =>
  createTrustStores({ folder: stores, region: 'eu-west-1', clock: systemClock, environment })

test('an object of S3 is asked for with a signature, by its version', async () => {
  const text = await from({ ...endpoint, ...keys }).read('s3://bucket/a b/k.pem', 'v/1')
  expect(text).toBe('signed')
  const { method, target, headers } = seen.at(-1) as HttpRequest
  const request = { method, target, headers, body: new Uint8Array() }
  const claim = readClaim(request) as SignatureClaim
  const credentials = { kind: 'keys', find: () => ({ secret: 'secret', account: '1' }) } as const
  expect(verify(claim, request, credentials, Date.now())).toMatchObject({ account: '1' })
  expect(claim).toMatchObject({ accessKeyId: 'KEY', service: 's3', region: 'eu-west-1' })
})

const unreadable = [
  ['another status', from({ ...endpoint, ...keys }), 's3://bucket/none', /answered 404$/],
  ['no keys', from(endpoint), 's3://bucket/none', /answered 404; the call was not signed/],
  ['too much', from(endpoint), 's3://bucket/large', /more than 1048576 bytes/],
  [
    'nobody there',
    from({ AWS_ENDPOINT_URL: 'http://127.0.0.1:1' }),
    's3://b/k',
    /no answer from http:\/\/127/,
  ],
  ['another scheme', from({}), 'file:///etc/passwd', /expected s3:\/\//],
  ['no such file', from({}, join(folder, 'stores')), 's3://bucket/none', /ENOENT/],
  ['too large a file', from({}, join(folder, 'stores')), 's3://bucket/large.pem', /more than 1048576 bytes/],
  ['a way out', from({}, join(folder, 'stores')), 's3://bucket/../../outside.pem', /is not within/],
  ['a link out', from({}, join(folder, 'stores')), 's3://bucket/link.pem', /is not within/],
] as const
for (const [name, reader, uri, message] of unreadable) {
  test(`${name} is told`, () => expect(reader.read(uri, undefined)).rejects.toThrow(message))
}

test('a folder stands for S3', async () => {
  expect(await from({}, join(folder, 'stores')).read('s3://bucket/deep/k.pem', undefined)).toBe('store')
})
