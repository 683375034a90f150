import { afterEach, describe, expect, test } from 'bun:test'
import { textBody } from '#http/body.ts'
import { createHttpClient } from '#http/client.ts'
import { Headers } from '#http/headers.ts'
import { startHttpServer, type HttpServer } from '#http/server.ts'
import { AwsAccess } from './access.ts'
import { CachedKeys } from './credentials/cached-keys.ts'
import { CredentialsUnavailable, type ExpiringKeys, type KeySource } from './credentials/key-source.ts'
import { readClaim } from './signature-claim.ts'
import { verify } from './sigv4.ts'

const OWN = { accessKeyId: 'AKIDOWN', secretAccessKey: 'own secret' }
const ROLE = 'arn:aws:iam::123456789012:role/caller'
const ACCOUNT = '123456789012'
const none: KeySource = () => Promise.reject(new CredentialsUnavailable('none were found'))

async function problem(work: unknown): Promise<unknown> {
  try {
    return await work
  } catch (error) {
    return error
  }
}

let stops: (() => unknown)[] = []
afterEach(async () => {
  for (const stop of stops) await stop()
  stops = []
})

/** STS as AWS answers, checking who asks. */
function startSts(
  answer: (form: URLSearchParams, accessKeyId: string) => [status: number, xml: string],
): HttpServer {
  const server = startHttpServer({
    hostname: '127.0.0.1',
    port: 0,
    handler: async ({ method, target, headers, body }) => {
      const bytes = await body.bytes(10_000)
      const request = { method, target, headers, body: bytes }
      const claim = readClaim(request)
      if (claim === undefined) throw new Error('unsigned')
      verify(claim, request, { secret: secretOf(claim.accessKeyId), account: ACCOUNT }, Date.now())
      const [status, xml] = answer(new URLSearchParams(Buffer.from(bytes).toString()), claim.accessKeyId)
      return { status, headers: new Headers(['Content-Type', 'text/xml']), body: textBody(xml) }
    },
  })
  stops.push(() => server.stop({ graceMs: 0 }))
  return server
}

const secretOf = (accessKeyId: string): string =>
  accessKeyId === OWN.accessKeyId ? OWN.secretAccessKey : 'unused'

const credentials = (name: string, expiration: string): string =>
  `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
   <AccessKeyId>ASIA${name}</AccessKeyId><SecretAccessKey>a/b+${name}=</SecretAccessKey>
   <SessionToken>token==</SessionToken><Expiration>${expiration}</Expiration></Credentials>
   </AssumeRoleResult></AssumeRoleResponse>`

function access(environment: Record<string, string>, own: KeySource = async () => OWN): AwsAccess {
  const client = createHttpClient()
  stops.push(() => client.close())
  return new AwsAccess({ environment, client, clock: { now: Date.now }, region: 'us-east-1', own })
}

describe('keys', () => {
  test('the gateway calls with its own', async () => {
    const aws = access({})
    expect(await aws.keys(aws.endpoint('sqs', 'us-east-1'), { account: ACCOUNT })).toEqual(OWN)
    // Kept: nothing to wait for.
    expect(aws.keys(aws.endpoint('sns', 'eu-west-1'), { account: ACCOUNT })).toEqual(OWN)
  })

  test('without any, what is in AWS’s place is called with the account’s id, and AWS is not called', async () => {
    const aws = access({ AWS_ENDPOINT_URL_SQS: 'http://localhost:1' }, none)
    const local = aws.endpoint('sqs', 'us-east-1')
    const any = { accessKeyId: ACCOUNT, secretAccessKey: 'unused' }
    expect(await aws.keys(local, { account: ACCOUNT })).toEqual(any)
    expect(aws.keys(local, { account: ACCOUNT })).toEqual(any)
    // No STS knows the role here.
    expect(await aws.keys(local, { account: ACCOUNT, roleArn: ROLE })).toEqual(any)
    const sns = aws.endpoint('sns', 'us-east-1')
    const call = async (roleArn?: string): Promise<unknown> => aws.keys(sns, { account: ACCOUNT, roleArn })
    expect(await problem(call())).toEqual(new CredentialsUnavailable('none were found'))
    expect(await problem(call(ROLE))).toEqual(new CredentialsUnavailable('none were found'))
  })

  test('a role is assumed once, by whoever the gateway is', async () => {
    const asked: string[] = []
    const sts = startSts((form, accessKeyId) => {
      asked.push(`${accessKeyId} ${form.toString()}`)
      return [200, credentials('ONE', '2099-01-01T00:00:00Z')]
    })
    const environment = { AWS_ENDPOINT_URL: `http://127.0.0.1:${sts.port}` }
    for (const own of [async () => OWN, none]) {
      const aws = access(environment, own)
      const endpoint = aws.endpoint('sqs', 'us-east-1')
      const caller = { account: ACCOUNT, roleArn: ROLE }
      const both = await Promise.all([aws.keys(endpoint, caller), aws.keys(endpoint, caller)])
      expect(both[0]).toMatchObject({
        accessKeyId: 'ASIAONE',
        secretAccessKey: 'a/b+ONE=',
        sessionToken: 'token==',
      })
      expect(aws.keys(endpoint, caller)).toBe(both[1])
    }
    const form = `Action=AssumeRole&Version=2011-06-15&RoleArn=${encodeURIComponent(ROLE)}&RoleSessionName=BackplaneAssumeRoleSession`
    expect(asked).toEqual([`AKIDOWN ${form}`, `${ACCOUNT} ${form}`])
  })

  const refusals: readonly (readonly [name: string, status: number, xml: string, message: string])[] = [
    [
      'a refusal is passed on in STS’s words',
      403,
      '<ErrorResponse><Error><Code>AccessDenied</Code><Message>not you</Message></Error></ErrorResponse>',
      'refused: AccessDenied not you',
    ],
    ['an answer that is none', 500, 'oops', 'refused: 500'],
    ['an answer without keys', 200, '<AssumeRoleResponse/>', 'answered no credentials'],
  ]
  for (const [name, status, xml, message] of refusals) {
    test(name, async () => {
      const sts = startSts(() => [status, xml])
      const aws = access({ AWS_ENDPOINT_URL: `http://127.0.0.1:${sts.port}` })
      const keys = async (): Promise<unknown> =>
        aws.keys(aws.endpoint('sqs', 'us-east-1'), { account: ACCOUNT, roleArn: ROLE })
      expect(await problem(keys())).toMatchObject({ message: expect.stringContaining(message) })
    })
  }
})

describe('kept keys', () => {
  const T = 1_800_000_000_000
  const MINUTE = 60_000

  /** A source that gives what it is told, and a clock. */
  function started(first: ExpiringKeys | Error): {
    keys: CachedKeys
    clock: { ms: number; now(): number }
    source: { answer: ExpiringKeys | Error; asked: number }
  } {
    const clock = { ms: T, now: () => clock.ms }
    const source = { answer: first, asked: 0 }
    const get: KeySource = async () => {
      source.asked++
      if (source.answer instanceof Error) throw source.answer
      return source.answer
    }
    return { keys: new CachedKeys(get, clock), clock, source }
  }
  const keysUntil = (accessKeyId: string, expiresAtMs: number): ExpiringKeys => ({
    accessKeyId,
    secretAccessKey: 's',
    expiresAtMs,
  })
  const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

  test('are renewed before they end, and nobody waits for it', async () => {
    const { keys, clock, source } = started(keysUntil('first', T + 60 * MINUTE))
    await keys.get()
    clock.ms = T + 54 * MINUTE
    expect(keys.get()).toMatchObject({ accessKeyId: 'first' })
    expect(source.asked).toBe(1)
    clock.ms = T + 56 * MINUTE
    source.answer = keysUntil('second', T + 120 * MINUTE)
    expect(keys.get()).toMatchObject({ accessKeyId: 'first' })
    await settled()
    expect(keys.get()).toMatchObject({ accessKeyId: 'second' })
    expect(source.asked).toBe(2)
  })

  test('that have ended are waited for', async () => {
    const { keys, clock, source } = started(keysUntil('first', T + 60 * MINUTE))
    await keys.get()
    clock.ms = T + 60 * MINUTE
    source.answer = keysUntil('second', T + 120 * MINUTE)
    expect(await keys.get()).toMatchObject({ accessKeyId: 'second' })
  })

  test('are used to their end when they cannot be renewed, which is tried now and then', async () => {
    const { keys, clock, source } = started(keysUntil('first', T + 60 * MINUTE))
    await keys.get()
    source.answer = new Error('gone')
    clock.ms = T + 56 * MINUTE
    for (let i = 0; i < 3; i++) {
      expect(keys.get()).toMatchObject({ accessKeyId: 'first' })
      await settled()
    }
    expect(source.asked).toBe(2)
    clock.ms = T + 60 * MINUTE
    expect(() => keys.get()).toThrow('gone')
  })

  test('a failure stands, and is looked into behind the scenes', async () => {
    const { keys, clock, source } = started(new Error('not yet'))
    expect(await problem(keys.get())).toEqual(new Error('not yet'))
    source.answer = keysUntil('late', T + 60 * MINUTE)
    clock.ms = T + 5000
    expect(() => keys.get()).toThrow('not yet')
    expect(source.asked).toBe(1)
    clock.ms = T + 10_000
    expect(() => keys.get()).toThrow('not yet')
    await settled()
    expect(keys.get()).toMatchObject({ accessKeyId: 'late' })
  })
})
