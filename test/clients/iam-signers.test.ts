import * as iam from '@aws-sdk/client-iam'
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts'
import { SignatureV4 } from '@smithy/signature-v4'
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { createHash, createHmac } from 'node:crypto'
import { endGateways } from '../support/gateway-process.ts'
import { askAnew, mock, startWorkerGateway, type WorkerGateway } from '../support/worker-gateway.ts'

// Whoever signs: signers that others wrote call methods that ask for a signature, served by two workers.

interface Keys {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

const REGION = 'us-east-1'
const ACCOUNT = '000000000000'
let gateway: WorkerGateway
let root: iam.IAMClient
let keys: Keys
let apiId: string
let url: URL

beforeAll(async () => {
  gateway = await startWorkerGateway(2)
  root = new iam.IAMClient(settings({ accessKeyId: 'test', secretAccessKey: 'test' }))
  await root.send(new iam.CreateUserCommand({ UserName: 'ann' }))
  keys = await newKeys('ann')
  await root.send(
    new iam.AttachUserPolicyCommand({
      UserName: 'ann',
      PolicyArn: 'arn:aws:iam::aws:policy/AmazonAPIGatewayInvokeFullAccess',
    }),
  )
  apiId = await deployGuarded()
  url = new URL(gateway.urlOf(apiId))
}, 60_000)

afterAll(async () => {
  try {
    expect(await gateway.stop()).toBe(0)
  } finally {
    await endGateways()
  }
})

function settings(credentials: Keys) {
  return { endpoint: gateway.url, region: REGION, credentials, maxAttempts: 1 }
}

async function newKeys(UserName: string): Promise<Keys> {
  const { AccessKey } = await root.send(new iam.CreateAccessKeyCommand({ UserName }))
  return { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' }
}

async function deployGuarded(): Promise<string> {
  const operation = {
    'x-amazon-apigateway-auth': { type: 'AWS_IAM' },
    responses: { 200: { description: 'ok' } },
    'x-amazon-apigateway-integration': {
      ...mock('$context.identity.userArn'),
    },
  }
  const document = {
    openapi: '3.0.1',
    info: { title: 'signed', version: '1' },
    paths: { '/{proxy+}': { get: operation, post: operation }, '/': { get: operation } },
  }
  const { id } = (await gateway.caller.call('apigateway', 'POST', '/restapis?mode=import', document)) as {
    id: string
  }
  await gateway.caller.call('apigateway', 'POST', `/restapis/${id}/deployments`, { stageName: 'dev' })
  return id
}

/** The signer of the JavaScript SDK, with the runtime's hashes. */
function smithySigner(credentials: Keys): SignatureV4 {
  class Sha256 {
    readonly #hash
    constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
      this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret as Uint8Array)
    }
    update(data: string | Uint8Array): void {
      this.#hash.update(data)
    }
    digest(): Promise<Uint8Array> {
      return Promise.resolve(this.#hash.digest())
    }
    reset(): void {}
  }
  return new SignatureV4({
    credentials,
    region: REGION,
    service: 'execute-api',
    sha256: Sha256 as never,
  })
}

function smithyRequest(path: string, method: string, body?: string) {
  const target = new URL(url.pathname + path, url)
  return {
    method,
    protocol: 'http:',
    hostname: url.hostname,
    port: Number(url.port),
    path: target.pathname,
    query: Object.fromEntries(target.searchParams),
    headers: { host: url.host, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    body,
  }
}

interface Answer {
  readonly status: number
  readonly body: string
}

async function answerOf(response: Response): Promise<Answer> {
  return { status: response.status, body: await response.text() }
}

async function smithy(
  credentials: Keys,
  path = '',
  method = 'GET',
  body?: string,
  sent = body,
): Promise<Answer> {
  const request = await smithySigner(credentials).sign(smithyRequest(path, method, body))
  const target = new URL(url.pathname + path, url)
  return answerOf(
    await fetch(target, {
      method,
      headers: request.headers,
      keepalive: false,
      ...(sent === undefined ? {} : { body: sent }),
    }),
  )
}

const WHO = `arn:aws:iam::${ACCOUNT}:user/ann`

describe('@smithy/signature-v4', () => {
  test.each([
    ['a plain request', ['', 'GET']],
    ['a path and a query', ['pets/a%20b?x=1&y=%2F', 'GET']],
    ['a body', ['pets', 'POST', '{"name":"Rex"}']],
  ] as const)('signs %s', async (_, [path, method, body]) => {
    expect(await smithy(keys, path, method, body)).toEqual({ status: 200, body: WHO })
  })

  test('signs for another body in vain', async () => {
    const { status, body } = await smithy(keys, 'pets', 'POST', '{"name":"Rex"}', '{"name":"rex"}')
    expect(status).toBe(403)
    expect(body).toContain('The request signature we calculated does not match')
  })

  test('signs addresses, which are good for as long as they say', async () => {
    const request = await smithySigner(keys).presign(smithyRequest('pets', 'GET'), { expiresIn: 60 })
    const address = new URL(url.pathname + 'pets', url)
    for (const [name, value] of Object.entries(request.query ?? {}))
      address.searchParams.set(name, String(value))
    expect(await answerOf(await fetch(address, { keepalive: false }))).toEqual({ status: 200, body: WHO })
    address.searchParams.set('X-Amz-Expires', '61')
    expect((await fetch(address, { keepalive: false })).status).toBe(403)
  })

  test('signs with the credentials of a role', async () => {
    const trust = { Effect: 'Allow', Principal: { AWS: WHO }, Action: 'sts:AssumeRole' }
    await root.send(
      new iam.CreateRoleCommand({
        RoleName: 'reader',
        AssumeRolePolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [trust] }),
      }),
    )
    const { Credentials } = await new STSClient(settings(keys)).send(
      new AssumeRoleCommand({ RoleArn: `arn:aws:iam::${ACCOUNT}:role/reader`, RoleSessionName: 'test' }),
    )
    const session = {
      accessKeyId: Credentials?.AccessKeyId ?? '',
      secretAccessKey: Credentials?.SecretAccessKey ?? '',
      sessionToken: Credentials?.SessionToken ?? '',
    }
    const who = `arn:aws:sts::${ACCOUNT}:assumed-role/reader/test`
    const { status, body } = await smithy(session)
    expect(status).toBe(403)
    expect(body).toStartWith(
      `{"Message":"User: ${who} is not authorized to perform: execute-api:Invoke on resource: `,
    )
    const statement = {
      Effect: 'Allow',
      Action: 'execute-api:Invoke',
      Resource: `arn:aws:execute-api:*:*:${apiId}/*`,
    }
    await root.send(
      new iam.PutRolePolicyCommand({
        RoleName: 'reader',
        PolicyName: 'invoke',
        PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [statement] }),
      }),
    )
    for (let times = 0; times < 8; times++) expect(await smithy(session)).toEqual({ status: 200, body: who })
  })
})

test('a key that was made inactive is refused by every worker as soon as that is acknowledged', async () => {
  await root.send(new iam.CreateUserCommand({ UserName: 'short' }))
  const own = await newKeys('short')
  await root.send(
    new iam.AttachUserPolicyCommand({
      UserName: 'short',
      PolicyArn: 'arn:aws:iam::aws:policy/AdministratorAccess',
    }),
  )
  const all = async (): Promise<number[]> => {
    const answers = await Promise.all(Array.from({ length: 16 }, () => smithy(own)))
    return [...new Set(answers.map(({ status }) => status))]
  }
  for (let times = 0; times < 5; times++) {
    expect(await all()).toEqual([200])
    const change = { UserName: 'short', AccessKeyId: own.accessKeyId }
    await root.send(new iam.UpdateAccessKeyCommand({ ...change, Status: 'Inactive' }))
    expect(await all()).toEqual([403])
    await root.send(new iam.UpdateAccessKeyCommand({ ...change, Status: 'Active' }))
  }
})

test('no secret, token or signature is in what the gateway prints', async () => {
  await smithy({ ...keys, secretAccessKey: `${keys.secretAccessKey}x` })
  const printed = gateway.output() + gateway.errors()
  expect(printed).toContain('iam')
  expect(printed).not.toContain(keys.secretAccessKey)
  expect(printed).not.toContain('Signature=')
})

test('an unknown key is refused though the control plane would take it', async () => {
  const { status, body } = await smithy({ accessKeyId: 'test', secretAccessKey: 'test' })
  expect([status, body]).toEqual([
    403,
    '{"message":"The security token included in the request is invalid."}',
  ])
  expect((await askAnew(gateway.urlOf(apiId))).status).toBe(403)
})

const curl = Bun.which('curl')
const curlSigns = curl !== null && (await run([curl, '--help', 'all'])).includes('--aws-sigv4')
if (!curlSigns) console.warn('no curl found that signs: it is not tried')
test.if(curlSigns)('curl --aws-sigv4', async () => {
  const ask = (secret: string, ...more: string[]): Promise<string> =>
    run([
      curl ?? '',
      '-s',
      '-w',
      ' %{http_code}',
      '--aws-sigv4',
      `aws:amz:${REGION}:execute-api`,
      '--user',
      `${keys.accessKeyId}:${secret}`,
      ...more,
    ])
  expect(await ask(keys.secretAccessKey, url.href)).toBe(`${WHO} 200`)
  expect(
    await ask(
      keys.secretAccessKey,
      '-H',
      'Content-Type: application/json',
      '-d',
      '{"a":1}',
      `${url.href}pets`,
    ),
  ).toBe(`${WHO} 200`)
  expect(await ask(`${keys.secretAccessKey}x`, url.href)).toContain('does not match')
})

const BOTOCORE = `
import json, sys, urllib.request, urllib.error
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
key, secret, url = sys.argv[1:4]
body = sys.argv[4] if len(sys.argv) > 4 else None
headers = {'Content-Type': 'application/json'}
request = AWSRequest(method='POST' if body else 'GET', url=url, data=body, headers=headers)
SigV4Auth(Credentials(key, secret), 'execute-api', '${REGION}').add_auth(request)
sent = urllib.request.Request(url, data=body and body.encode(), headers=dict(request.headers), method=request.method)
try:
    with urllib.request.urlopen(sent) as answer: print(answer.read().decode(), answer.status)
except urllib.error.HTTPError as error: print(error.read().decode(), error.code)
`
const python = Bun.which('python3')
const hasBotocore = python !== null && (await run([python, '-c', 'import botocore; print("yes")'])) === 'yes'
if (!hasBotocore) console.warn('no botocore found: it is not tried')
test.if(hasBotocore)('botocore', async () => {
  const ask = (...words: string[]): Promise<string> => run([python ?? '', '-c', BOTOCORE, ...words])
  const { accessKeyId, secretAccessKey } = keys
  expect(await ask(accessKeyId, secretAccessKey, `${url.href}a/b%20c?y=2&x=%2F`)).toBe(`${WHO} 200`)
  expect(await ask(accessKeyId, secretAccessKey, `${url.href}pets`, '{"a":1}')).toBe(`${WHO} 200`)
  expect(await ask(accessKeyId, `${secretAccessKey}x`, url.href)).toContain('does not match')
})

async function run(words: readonly string[]): Promise<string> {
  const child = Bun.spawn([...words], { stdout: 'pipe', stderr: 'ignore', stdin: 'ignore' })
  const text = await new Response(child.stdout).text()
  await child.exited
  return text.trim()
}
