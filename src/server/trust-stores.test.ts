import { afterAll, expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readClaim, type SignatureClaim } from '#aws/signature-claim.ts'
import { AwsAccess } from '#aws/access.ts'
import { CredentialsUnavailable, type KeySource } from '#aws/credentials/key-source.ts'
import { verify, type SigningKeys } from '#aws/sigv4.ts'
import { systemClock } from '#base/clock.ts'
import { trustStoreBytesMax, type TrustStoreReader } from '#control-plane/apigateway/trust-store-reader.ts'
import { createHttpClient } from '#http/client.ts'
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
const client = createHttpClient()
afterAll(() => client.close())
const own = async (): Promise<SigningKeys> => ({ accessKeyId: 'KEY', secretAccessKey: 'secret' })
const none = (): never => {
  throw new CredentialsUnavailable('no keys anywhere')
}
function from(environment: Record<string, string>, folder?: string, keys: KeySource = own): TrustStoreReader {
  const common = { region: 'eu-west-1', clock: systemClock }
  const aws = new AwsAccess({ ...common, environment, client, own: keys })
  return createTrustStores({ ...common, folder, aws, account: '111111111111' })
}

test('an object of S3 is asked for with a signature, by its version', async () => {
  const text = await from(endpoint).read('s3://bucket/a b/k.pem', 'v/1')
  expect(text).toBe('signed')
  const { method, target, headers } = seen.at(-1) as HttpRequest
  const request = { method, target, headers, body: new Uint8Array() }
  const claim = readClaim(request) as SignatureClaim
  expect(verify(claim, request, { secret: 'secret', account: '1' }, Date.now())).toMatchObject({
    account: '1',
  })
  expect(claim).toMatchObject({ accessKeyId: 'KEY', service: 's3', region: 'eu-west-1' })
})

const unreadable = [
  ['another status', from(endpoint), 's3://bucket/none', /answered 404$/],
  ['no keys for AWS', from({}, undefined, none), 's3://bucket/none', /no keys anywhere/],
  ['too much', from(endpoint), 's3://bucket/large', /more than 1048576 bytes/],
  [
    'nobody there',
    from({ AWS_ENDPOINT_URL: 'http://127.0.0.1:1' }),
    's3://b/k',
    /no answer from http:\/\/127/,
  ],
  ['an endpoint that is none', from({ AWS_ENDPOINT_URL: 'here' }), 's3://b/k', /found "here"/],
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
