import * as iam from '@aws-sdk/client-iam'
import { CreateFunctionCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { GetSessionTokenCommand, STSClient } from '@aws-sdk/client-sts'
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAwsCaller, type AwsCaller } from '#aws/client.ts'
import { sign, type SigningKeys } from '#aws/sigv4.ts'
import { zipOf } from '#companions/lambda/zip.fixture.ts'
import { Headers } from '#http/headers.ts'
import { logVariables } from '#languages/log-format/variables.ts'
import { endGateways, startGatewayProcess, type GatewayProcess } from '../support/gateway-process.ts'

// Whoever reads every log at its highest level, what the gateway prints, what it refuses with, and what it keeps, finds no
// secret: tokens, keys, signatures and cookies show their last six characters at most.

const region = 'us-east-1'
const marker = (name: string): string =>
  `${name}Marker${Buffer.from(name).toString('hex').padEnd(32, '9z8y7x6w')}`
const OWNER = { accessKeyId: 'OWNER', secretAccessKey: marker('owner') }
const TOKENS = ['good', 'denied', 'refused', 'thrown', 'broken'].map(marker)
const COOKIE = marker('cookie')
const API_KEY = marker('apikey')
const QUERY_TOKEN = marker('query')
const BASIC = marker('basic')

const AUTHORIZER = `exports.handler = async ({ authorizationToken: token, methodArn }) => {
  if (token.startsWith('refused')) throw 'Unauthorized'
  if (token.startsWith('thrown')) throw new Error('what is this: ' + token)
  if (token.startsWith('broken')) return { principalId: 'p', policyDocument: token }
  return {
    principalId: 'p',
    policyDocument: {
      Version: '2012-10-17',
      Statement: [{ Action: '*', Effect: token.startsWith('good') ? 'Allow' : 'Deny', Resource: methodArn }],
    },
  }
}`

const FORMAT = [...logVariables]
  // That one variable is the key, as AWS documents it: whoever names it wants it.
  .filter(([name, { kinds }]) => kinds.includes('REST') && name !== 'identity.apiKey')
  .map(([name]) => `$context.${name}`)
  .join(' ')

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-secrets-'))
/** What may be nowhere. */
const secrets: string[] = [...TOKENS, COOKIE, API_KEY, QUERY_TOKEN, BASIC, OWNER.secretAccessKey]
/** Heads and bodies of all that was answered. */
const answers: string[] = []
let gateway: GatewayProcess
let caller: AwsCaller
let base: string
let user: SigningKeys
let session: SigningKeys

beforeAll(async () => {
  gateway = await startGatewayProcess({
    arguments: [
      ['--credentials', `${OWNER.accessKeyId}:${OWNER.secretAccessKey}`, '--workers', '2'],
      ['--data-dir', folder, '--log-level', 'debug', '--lambda-permissions', 'ignore'],
      ['--access-log-format', FORMAT],
    ].flat(),
  })
  const client = { endpoint: gateway.url, region, credentials: OWNER }
  caller = createAwsCaller(client)
  const { FunctionArn } = await new LambdaClient(client).send(
    new CreateFunctionCommand({
      FunctionName: 'auth',
      Runtime: 'nodejs20.x',
      Handler: 'index.handler',
      Role: 'arn:aws:iam::000000000000:role/r',
      Code: { ZipFile: zipOf({ 'index.js': AUTHORIZER }) },
    }),
  )
  const users = new iam.IAMClient(client)
  await users.send(new iam.CreateUserCommand({ UserName: 'ann' }))
  await users.send(
    new iam.AttachUserPolicyCommand({
      UserName: 'ann',
      PolicyArn: 'arn:aws:iam::aws:policy/AmazonAPIGatewayInvokeFullAccess',
    }),
  )
  const { AccessKey } = await users.send(new iam.CreateAccessKeyCommand({ UserName: 'ann' }))
  user = keysOf(AccessKey?.AccessKeyId, AccessKey?.SecretAccessKey)
  const { Credentials } = await new STSClient(client).send(new GetSessionTokenCommand({}))
  session = keysOf(Credentials?.AccessKeyId, Credentials?.SecretAccessKey, Credentials?.SessionToken)
  const method = (security: string | undefined): object => ({
    get: {
      ...(security !== undefined && { security: [{ [security]: [] }] }),
      responses: { 200: { description: 'ok' } },
      'x-amazon-apigateway-integration': {
        type: 'mock',
        requestTemplates: { 'application/json': '{"statusCode": 200}' },
        responses: { default: { statusCode: '200' } },
      },
    },
  })
  const scheme = (type: string, more: object = {}): object => ({
    type: 'apiKey',
    name: 'Authorization',
    in: 'header',
    'x-amazon-apigateway-authtype': type,
    ...more,
  })
  const document = {
    openapi: '3.0.1',
    info: { title: 'secrets', version: '1' },
    paths: {
      '/open': method(undefined),
      '/asked': method('auth'),
      '/signed': method('sigv4'),
      '/keyed': method('key'),
    },
    components: {
      securitySchemes: {
        key: { type: 'apiKey', name: 'x-api-key', in: 'header' },
        sigv4: scheme('awsSigv4'),
        auth: scheme('custom', {
          'x-amazon-apigateway-authorizer': {
            type: 'token',
            authorizerUri: `arn:aws:apigateway:${region}:lambda:path/2015-03-31/functions/${FunctionArn}/invocations`,
          },
        }),
      },
    },
  }
  const body = Buffer.from(JSON.stringify(document))
  const { id } = (await caller.call('apigateway', 'POST', '/restapis?mode=import', body)) as { id: string }
  await caller.call('apigateway', 'POST', `/restapis/${id}/deployments`, { stageName: 'dev' })
  await caller.call('apigateway', 'PATCH', `/restapis/${id}/stages/dev`, {
    patchOperations: [
      { op: 'replace', path: '/*/*/logging/loglevel', value: 'INFO' },
      { op: 'replace', path: '/*/*/logging/dataTrace', value: 'true' },
    ],
  })
  base = `${gateway.url}/_aws/execute-api/${id}/dev`
})
afterAll(async () => {
  await endGateways()
  rmSync(folder, { recursive: true, force: true })
})

function keysOf(accessKeyId = '', secretAccessKey = '', sessionToken?: string): SigningKeys {
  secrets.push(secretAccessKey, ...(sessionToken === undefined ? [] : [sessionToken]))
  return { accessKeyId, secretAccessKey, sessionToken }
}

async function get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<number> {
  const response = await fetch(base + path, { headers, keepalive: false })
  answers.push(JSON.stringify([...response.headers]), await response.text())
  return response.status
}

function signedHeaders(keys: SigningKeys, path: string): Record<string, string> {
  const url = new URL(base + path)
  const headers = new Headers(['Host', url.host, 'Cookie', `session=${COOKIE}`])
  const request = { method: 'GET', target: url.pathname, headers, body: new Uint8Array(0) }
  sign(request, keys, { region, service: 'execute-api' }, Date.now())
  const list = Object.fromEntries([...headers].filter(([name]) => name !== 'Host'))
  secrets.push(/Signature=(\w+)/.exec(list['Authorization'] ?? '')?.[1] ?? '')
  return list
}

test('no secret is in a log, an answer, what is printed or what is kept', async () => {
  // Each kind of authorization, let in and refused.
  const statuses: number[] = []
  for (const token of TOKENS) {
    statuses.push(await get('/asked', { Authorization: token, Cookie: `a=${COOKIE}`, 'x-api-key': API_KEY }))
  }
  expect(statuses).toEqual([200, 403, 401, 500, 500])
  expect(
    await get(`/open?access_token=${QUERY_TOKEN}&token=${QUERY_TOKEN}`, { Authorization: `Basic ${BASIC}` }),
  ).toBe(200)
  expect(await get('/keyed', { 'x-api-key': API_KEY })).toBe(403)
  expect(await get(`/signed?X-Amz-Signature=${QUERY_TOKEN}`, { Authorization: `Bearer ${BASIC}` })).toBe(403)
  for (const keys of [user, session]) {
    expect(await get('/signed', signedHeaders(keys, '/signed'))).toBe(200)
    expect(await get('/signed', signedHeaders({ ...keys, secretAccessKey: 'wrong' }, '/signed'))).toBe(403)
  }
  const presigned = [
    'X-Amz-Algorithm=AWS4-HMAC-SHA256',
    `X-Amz-Credential=${session.accessKeyId}%2F20260131%2F${region}%2Fexecute-api%2Faws4_request`,
    'X-Amz-Date=20260131T000000Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host',
    `X-Amz-Security-Token=${encodeURIComponent(session.sessionToken ?? '')}&X-Amz-Signature=${QUERY_TOKEN}`,
  ].join('&')
  expect(await get(`/signed?${presigned}`)).toBe(403)
  const [good = ''] = TOKENS
  await caller.call('apigateway', 'POST', '/_gatehouse/who-can', {
    method: 'GET',
    url: `${base}/asked`,
    token: good,
  })
  const guess = createAwsCaller({
    endpoint: gateway.url,
    region,
    credentials: { ...OWNER, secretAccessKey: 'guess' },
  })
  await guess.call('apigateway', 'GET', '/restapis').catch((error: Error) => answers.push(error.message))
  expect(await gateway.stop()).toBe(0)

  const places: [string, string][] = [
    ['standard output', gateway.output()],
    // What a function prints is its own: here the runtime, of the error that it threw.
    ['standard error', gateway.errors().replace(/^.* function output .*$/gm, '')],
    ...answers.map((answer, at): [string, string] => [`answer ${at}`, answer]),
  ]
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  )
  for (const entry of files) {
    const path = join(entry.parentPath, entry.name)
    places.push([path.slice(folder.length + 1), readFileSync(path, 'latin1')])
  }
  // The logs are there, and tell of what happened: else nothing could be found in them.
  const logs = places
    .filter(([place]) => place.startsWith('logs'))
    .map(([, text]) => text)
    .join('')
  for (const told of [
    'Method request headers: {',
    'Gateway response type: UNAUTHORIZED',
    '******',
    ' GET /dev/signed ',
  ]) {
    expect(logs).toContain(told)
  }
  const found: string[] = []
  for (const [place, text] of places) {
    for (const secret of secrets) {
      expect(secret.length).toBeGreaterThan(20)
      for (const piece of pieces(secret)) if (text.includes(piece)) found.push(`${piece} in ${place}`)
    }
  }
  expect([...new Set(found)]).toEqual([])
}, 60_000)

/** Every part of a secret that is longer than what may show of it, as it is and as bytes are often written. */
function* pieces(secret: string): Generator<string> {
  const length = 12
  for (let at = 0; at + length <= secret.length; at++) yield secret.slice(at, at + length)
  yield Buffer.from(secret).toString('base64').slice(0, 20)
  yield encodeURIComponent(secret)
}
