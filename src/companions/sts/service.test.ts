import { GetCallerIdentityCommand, GetSessionTokenCommand, STSClient } from '@aws-sdk/client-sts'
import { afterAll, expect, test } from 'bun:test'
import { createAwsEndpoint } from '#aws/service.ts'
import type { AccessKey } from '#aws/sigv4.ts'
import { systemClock } from '#base/clock.ts'
import { silentLog } from '#base/log.ts'
import { startHttpServer } from '#http/server.ts'
import { createStsService } from './service.ts'

const keys: Readonly<Record<string, AccessKey>> = {
  OWNER: { secret: 'a secret', account: '123456789012' },
  ANN: {
    secret: 'another secret',
    account: '210987654321',
    arn: 'arn:aws:iam::210987654321:user/staff/ann',
    userId: 'AIDAEXAMPLEANN',
  },
}

const endpoint = createAwsEndpoint({
  services: [createStsService()],
  credentials: { kind: 'keys', find: (accessKeyId) => keys[accessKeyId] },
  defaultAccount: '000000000000',
  defaultRegion: 'us-east-1',
  clock: systemClock,
  log: silentLog,
})
const server = startHttpServer({
  hostname: '127.0.0.1',
  port: 0,
  handler: (request) => endpoint.serve(request),
})
afterAll(() => server.stop({ graceMs: 0 }))

function client(accessKeyId: string, secretAccessKey = keys[accessKeyId]?.secret ?? ''): STSClient {
  return new STSClient({
    endpoint: `http://127.0.0.1:${server.port}`,
    region: 'eu-west-1',
    credentials: { accessKeyId, secretAccessKey },
    maxAttempts: 1,
  })
}

const identities = [
  { key: 'OWNER', Account: '123456789012', Arn: 'arn:aws:iam::123456789012:root', UserId: '123456789012' },
  {
    key: 'ANN',
    Account: '210987654321',
    Arn: 'arn:aws:iam::210987654321:user/staff/ann',
    UserId: 'AIDAEXAMPLEANN',
  },
]
for (const { key, ...identity } of identities) {
  test(`GetCallerIdentity tells ${key} who it is`, async () => {
    const { $metadata, ...answer } = await client(key).send(new GetCallerIdentityCommand({}))
    expect(answer).toEqual(identity)
    expect($metadata.httpStatusCode).toBe(200)
    expect($metadata.requestId).toMatch(/^[0-9a-f-]{36}$/)
  })
}

test('a wrong secret learns nothing', async () => {
  const answer = client('ANN', 'wrong').send(new GetCallerIdentityCommand({}))
  const error: unknown = await answer.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  expect(error).toMatchObject({ name: 'SignatureDoesNotMatch' })
})

test('an operation that is not there is refused by name', async () => {
  const error: unknown = await client('ANN')
    .send(new GetSessionTokenCommand({}))
    .then(
      () => undefined,
      (thrown: unknown) => thrown,
    )
  expect((error as Error).message).toContain('GetSessionToken')
})
