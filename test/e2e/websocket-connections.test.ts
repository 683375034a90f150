import { afterAll, afterEach, beforeAll, describe, expect, test } from 'bun:test'
import {
  ApiGatewayManagementApiClient,
  DeleteConnectionCommand,
  GetConnectionCommand,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi'
import { createAwsCaller, type AwsCaller } from '#aws/client.ts'
import { endGateways, startGatewayProcess, type GatewayProcess } from '../support/gateway-process.ts'
import { connectClient, createWebSocketApi, whoAmI, type TestClient } from '../support/websocket-api.ts'

const KEYS = { accessKeyId: 'AKIDOWNER', secretAccessKey: 'the-owners-secret' }
const credentials = ['--credentials', `${KEYS.accessKeyId}:${KEYS.secretAccessKey}`]
const KIBIBYTE = 1024

let gateway: GatewayProcess
let owner: AwsCaller
let apiId: string
const clients: TestClient[] = []

afterEach(() => {
  for (const { socket } of clients.splice(0)) socket.close()
})
afterAll(endGateways)

async function connect(stage = 'dev'): Promise<TestClient> {
  const client = await connectClient(`ws://127.0.0.1:${gateway.port}/_aws/execute-api/${apiId}/${stage}`)
  clients.push(client)
  return client
}

const target = (id: string, stage = 'dev'): string =>
  `/_aws/execute-api/${apiId}/${stage}/@connections${id && `/${encodeURIComponent(id)}`}`
const callerWith = (keys: typeof KEYS): AwsCaller =>
  createAwsCaller({ endpoint: gateway.url, region: 'us-east-1', credentials: keys })

describe.each([1, 2])('@connections, workers: %d', (workers) => {
  beforeAll(async () => {
    gateway = await startGatewayProcess({
      arguments: ['--workers', String(workers), '--websocket-extensions', ...credentials],
    })
    owner = callerWith(KEYS)
    apiId = await createWebSocketApi(owner, { whoami: whoAmI }, ['dev', 'prod'])
  }, 60_000)
  afterAll(async () => {
    expect(await gateway.stop()).toBe(0)
  })

  test("AWS's own client posts, asks and closes", async () => {
    const sdk = new ApiGatewayManagementApiClient({
      endpoint: `${gateway.url}/_aws/execute-api/${apiId}/dev`,
      region: 'us-east-1',
      credentials: KEYS,
    })
    // Whichever worker holds them, whichever is asked.
    for (const client of await Promise.all([connect(), connect(), connect(), connect()])) {
      const ConnectionId = client.id
      await sdk.send(new PostToConnectionCommand({ ConnectionId, Data: 'grüße' }))
      expect(await client.next()).toBe('grüße')
      await sdk.send(new PostToConnectionCommand({ ConnectionId, Data: new Uint8Array([0, 255]) }))
      expect(await client.next()).toEqual(new Uint8Array([0, 255]))
      const { ConnectedAt, LastActiveAt, Identity } = await sdk.send(
        new GetConnectionCommand({ ConnectionId }),
      )
      expect(Identity?.SourceIp).toBe('127.0.0.1')
      expect(LastActiveAt?.getTime()).toBeGreaterThanOrEqual(ConnectedAt?.getTime() ?? Infinity)
      await sdk.send(new DeleteConnectionCommand({ ConnectionId }))
      expect((await client.closed).code).toBe(1000)
      expect(sdk.send(new PostToConnectionCommand({ ConnectionId, Data: 'x' }))).rejects.toMatchObject({
        name: 'GoneException',
        $metadata: { httpStatusCode: 410 },
      })
    }
    sdk.destroy()
  })

  test('messages beyond the limit, ids that are none, and connections of other stages are refused', async () => {
    const { id, next } = await connect()
    const post = (where: string, bytes: number): Promise<unknown> =>
      owner.call('execute-api', 'POST', where, Buffer.alloc(bytes, 'a'))
    await post(target(id), 128 * KIBIBYTE)
    expect((await next()).length).toBe(128 * KIBIBYTE)
    expect(post(target(id), 128 * KIBIBYTE + 1)).rejects.toMatchObject({
      code: 'PayloadTooLargeException',
      status: 413,
    })
    expect(post(target(id, 'prod'), 1)).rejects.toMatchObject({ code: 'GoneException', status: 410 })
    expect(post(target('not-an-id'), 1)).rejects.toMatchObject({
      code: 'BadRequestException',
      message: 'Invalid connectionId: not-an-id',
    })
    expect(owner.call('execute-api', 'PUT', target(id))).rejects.toMatchObject({
      code: 'ForbiddenException',
      status: 403,
    })
    expect(post(target(id, 'none'), 1)).rejects.toMatchObject({ status: 403 })
    // However its client encodes the address.
    const encoded = target(id).replace('@', '%40')
    await post(encoded, 1)
    expect(await next()).toBe('a')
  })

  test('only those who may are served', async () => {
    const { id } = await connect()
    const url = gateway.url + target(id)
    expect((await fetch(url)).status).toBe(403)
    const stranger = callerWith({ accessKeyId: 'AKIDNOBODY', secretAccessKey: 'x' })
    expect(stranger.call('execute-api', 'GET', target(id))).rejects.toMatchObject({ status: 403 })
    const user = await newUser(`arn:aws:execute-api:us-east-1:*:${apiId}/dev/POST/@connections/*`)
    await user.call('execute-api', 'POST', target(id), Buffer.from('allowed'))
    expect(user.call('execute-api', 'GET', target(id))).rejects.toMatchObject({
      code: 'AccessDeniedException',
      status: 403,
    })
    expect(user.call('execute-api', 'POST', target(id, 'prod'), Buffer.from('x'))).rejects.toMatchObject({
      status: 403,
    })
  })

  test('a message goes to all of a stage, or to those that are named', async () => {
    const here = await Promise.all(Array.from({ length: 6 }, () => connect()))
    const elsewhere = await connect('prod')
    const gone = 'AAAAAAAAAAAAAAA='
    const answer = await owner.call('execute-api', 'POST', target(''), { data: 'to all' })
    expect(answer).toMatchObject({ gone: [] })
    expect(await Promise.all(here.map(({ next }) => next()))).toEqual(here.map(() => 'to all'))
    const [first, second] = here as [TestClient, TestClient]
    const connectionIds = [first.id, second.id, elsewhere.id, gone]
    expect(
      await owner.call('execute-api', 'POST', target(''), { connectionIds, dataBase64: '/w==' }),
    ).toEqual({ sent: 2, gone: [elsewhere.id, gone], full: [] })
    expect(await first.next()).toEqual(new Uint8Array([255]))
    expect(await second.next()).toEqual(new Uint8Array([255]))
    for (const wrong of [
      {},
      { data: 'x', to: 'y' },
      { connectionIds: 'x', data: 'y' },
      { dataBase64: '?' },
    ]) {
      expect(owner.call('execute-api', 'POST', target(''), wrong)).rejects.toMatchObject({
        code: 'BadRequestException',
        status: 400,
      })
    }
    expect(
      owner.call('execute-api', 'POST', target(''), { data: 'a'.repeat(128 * KIBIBYTE + 1) }),
    ).rejects.toMatchObject({ code: 'PayloadTooLargeException' })
  })

  test('who is connected is told, a page at a time', async () => {
    const here = await Promise.all(Array.from({ length: 5 }, () => connect('prod')))
    const seen: string[] = []
    for (let after: string | undefined = ''; after !== undefined;) {
      const page = (await owner.call(
        'execute-api',
        'GET',
        `${target('', 'prod')}?limit=2&after=${encodeURIComponent(after)}`,
      )) as { connections: { connectionId: string; identity: { sourceIp: string } }[]; next?: string }
      expect(page.connections.length).toBeLessThanOrEqual(2)
      seen.push(...page.connections.map(({ connectionId }) => connectionId))
      after = page.next
    }
    expect(seen).toEqual(expect.arrayContaining(here.map(({ id }) => id)))
    expect(owner.call('execute-api', 'GET', `${target('')}?limit=0`)).rejects.toMatchObject({ status: 400 })
  })

  test('by a custom domain name, with a base path and without', async () => {
    const domainName = 'chat.example.com'
    await owner.call('apigateway', 'POST', '/v2/domainnames', {
      domainName,
      domainNameConfigurations: [{ certificateArn: 'arn:aws:acm:us-east-1:000000000000:certificate/none' }],
    })
    const map = (apiMappingKey: string): Promise<unknown> =>
      owner.call('apigateway', 'POST', `/v2/domainnames/${domainName}/apimappings`, {
        apiId,
        stage: 'dev',
        apiMappingKey,
      })
    await map('live')
    const { id, next } = await connect()
    const post = (path: string): Promise<unknown> =>
      owner.call('execute-api', 'POST', `${path}/${encodeURIComponent(id)}`, Buffer.from(path), {
        Host: domainName,
      })
    await post('/live/@connections')
    expect(await next()).toBe('/live/@connections')
    await post('/live/%40connections')
    expect(await next()).toBe('/live/%40connections')
    expect(post('/@connections')).rejects.toMatchObject({ status: 403 })
  })

  test('clients of a stage that is deleted are told that it goes', async () => {
    const { closed } = await connect('prod')
    await owner.call('apigateway', 'DELETE', `/v2/apis/${apiId}/stages/prod`)
    expect(await closed).toMatchObject({ code: 1001, reason: 'Going away' })
  })

  /** Somebody who may manage connections at a place, and nothing else. */
  async function newUser(Resource: string): Promise<AwsCaller> {
    const name = `pusher-${workers}`
    const iam = (fields: Record<string, string>): Promise<Response> => signedForm(fields)
    await iam({ Action: 'CreateUser', UserName: name })
    const statement = { Effect: 'Allow', Action: 'execute-api:ManageConnections', Resource }
    const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [statement] })
    await iam({ Action: 'PutUserPolicy', UserName: name, PolicyName: 'push', PolicyDocument })
    const made = await (await iam({ Action: 'CreateAccessKey', UserName: name })).text()
    const read = (tag: string): string => new RegExp(`<${tag}>(.*?)</${tag}>`).exec(made)?.[1] ?? ''
    return callerWith({ accessKeyId: read('AccessKeyId'), secretAccessKey: read('SecretAccessKey') })
  }
})

async function signedForm(fields: Record<string, string>): Promise<Response> {
  const { sign } = await import('#aws/sigv4.ts')
  const { Headers: OurHeaders } = await import('#http/headers.ts')
  const body = Buffer.from(new URLSearchParams({ Version: '2010-05-08', ...fields }).toString())
  const headers = new OurHeaders(['Host', `127.0.0.1:${gateway.port}`])
  headers.add('Content-Type', 'application/x-www-form-urlencoded')
  const request = { method: 'POST', target: '/', headers, body }
  sign(request, KEYS, { region: 'us-east-1', service: 'iam' }, Date.now())
  const response = await fetch(gateway.url, { method: 'POST', headers: [...headers], body })
  expect(response.status).toBe(200)
  return response
}

test('beyond the account throttle calls are refused', async () => {
  gateway = await startGatewayProcess({ arguments: [...credentials, '--account-throttle', '0.001:5'] })
  owner = callerWith(KEYS)
  apiId = await createWebSocketApi(owner, { whoami: whoAmI })
  const { id } = await connect()
  const tries = Array.from({ length: 5 }, () => owner.call('execute-api', 'GET', target(id)))
  const refused = (await Promise.allSettled(tries)).filter(({ status }) => status === 'rejected')
  // The handshake, its message and three calls had the five.
  expect(refused).toMatchObject(
    [1, 2].map(() => ({ reason: { code: 'LimitExceededException', status: 429 } })),
  )
  expect(await gateway.stop()).toBe(0)
})

test('without credentials any signature lets in, and none does not; the extensions are off', async () => {
  gateway = await startGatewayProcess()
  owner = callerWith({ accessKeyId: 'test', secretAccessKey: 'test' })
  apiId = await createWebSocketApi(owner, { whoami: whoAmI })
  const { id, next } = await connect()
  await owner.call('execute-api', 'POST', target(id), Buffer.from('hello'))
  expect(await next()).toBe('hello')
  expect((await fetch(gateway.url + target(id), { method: 'POST', body: 'x' })).status).toBe(403)
  expect(owner.call('execute-api', 'POST', target(''), { data: 'x' })).rejects.toMatchObject({
    code: 'ForbiddenException',
  })
  expect(await gateway.stop()).toBe(0)
})
