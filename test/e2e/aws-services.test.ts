import { afterEach, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAwsCaller } from '#aws/client.ts'
import { startBackend } from '../conformance/rest/support/backend.ts'
import { endGateways, startGatewayProcess, type GatewayProcess } from '../support/gateway-process.ts'

// Keys and endpoints as a started gateway finds them, in one process and in several.

const ending: (() => unknown)[] = []
afterEach(async () => {
  await endGateways()
  for (const end of ending.splice(0).toReversed()) await end()
})

function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-test-'))
  ending.push(() => rmSync(folder, { recursive: true }))
  return folder
}

/** A gateway to which nothing of this machine is known: no files, no instance. */
function startGateway(environment: Record<string, string>, ...words: string[]): Promise<GatewayProcess> {
  const home = emptyFolder()
  return startGatewayProcess({
    arguments: words,
    environment: { HOME: home, USERPROFILE: home, AWS_EC2_METADATA_DISABLED: 'true', ...environment },
  })
}

/** Deploys an API that sends what it gets to a queue. @returns its address */
async function deploy(gateway: GatewayProcess): Promise<string> {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
  const caller = createAwsCaller({ endpoint: gateway.url, region: 'us-east-1', credentials })
  const integration = {
    type: 'aws',
    httpMethod: 'POST',
    uri: 'arn:aws:apigateway:eu-west-1:sqs:path/123456789012/orders',
    requestParameters: {
      'integration.request.header.Content-Type': "'application/x-www-form-urlencoded'",
    },
    requestTemplates: { 'application/json': 'Action=SendMessage&MessageBody=$util.urlEncode($input.body)' },
    responses: { default: { statusCode: '200' } },
  }
  const responses = { 200: { description: 'sent' } }
  const document = {
    openapi: '3.0.1',
    info: { title: 'orders', version: '1' },
    paths: { '/': { post: { responses, 'x-amazon-apigateway-integration': integration } } },
  }
  const api = (await caller.call('apigateway', 'POST', '/restapis?mode=import', document)) as { id: string }
  await caller.call('apigateway', 'POST', `/restapis/${api.id}/deployments`, { stageName: 'dev' })
  return `${gateway.url}/_aws/execute-api/${api.id}/dev/`
}

async function post(address: string): Promise<number> {
  const headers = { 'Content-Type': 'application/json', Connection: 'close' }
  const answer = await fetch(address, { method: 'POST', headers, body: '{"a":1}' })
  await answer.text()
  return answer.status
}

const PROFILE = 'aws_access_key_id = AKIDPROFILE\naws_secret_access_key = secret\naws_session_token = token'

const ASSUMED = `<AssumeRoleResponse><AssumeRoleResult>
  <Credentials><AccessKeyId>ASIAROLE</AccessKeyId><SecretAccessKey>secret</SecretAccessKey>
  <SessionToken>token</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>
  <AssumedRoleUser><Arn>arn:aws:sts::123456789012:assumed-role/gateway/s</Arn><AssumedRoleId>A:s</AssumedRoleId>
  </AssumedRoleUser></AssumeRoleResult></AssumeRoleResponse>`

const sources: readonly {
  readonly name: string
  readonly environment: (folder: string) => Record<string, string> | Promise<Record<string, string>>
  readonly accessKeyId: string
  readonly workers?: string
}[] = [
  {
    name: 'the environment, in two processes',
    environment: () => ({ AWS_ACCESS_KEY_ID: 'AKIDENVIRONMENT', AWS_SECRET_ACCESS_KEY: 'secret' }),
    accessKeyId: 'AKIDENVIRONMENT',
    workers: '2',
  },
  {
    name: 'a profile',
    environment: (folder) => {
      writeFileSync(join(folder, 'credentials'), `[work]\n${PROFILE}\n`)
      return { AWS_SHARED_CREDENTIALS_FILE: join(folder, 'credentials'), AWS_PROFILE: 'work' }
    },
    accessKeyId: 'AKIDPROFILE',
  },
  {
    name: 'a process of a profile',
    environment: (folder) => {
      const answer = { Version: 1, AccessKeyId: 'AKIDPROCESS', SecretAccessKey: 'secret' }
      writeFileSync(join(folder, 'keys.json'), JSON.stringify(answer))
      writeFileSync(
        join(folder, 'config'),
        `[profile made]\ncredential_process = cat ${join(folder, 'keys.json')}\n`,
      )
      return { AWS_CONFIG_FILE: join(folder, 'config'), AWS_PROFILE: 'made' }
    },
    accessKeyId: 'AKIDPROCESS',
  },
  {
    name: 'a role of a profile',
    environment: async (folder) => {
      const role =
        'role_arn = arn:aws:iam::123456789012:role/gateway\nsource_profile = base\nregion = eu-west-1'
      writeFileSync(join(folder, 'config'), `[profile base]\n${PROFILE}\n[profile work]\n${role}\n`)
      const sts = await startBackend()
      ending.push(() => sts.stop())
      sts.answer = { headers: ['Content-Type', 'text/xml'], body: ASSUMED }
      return {
        AWS_CONFIG_FILE: join(folder, 'config'),
        AWS_PROFILE: 'work',
        AWS_ENDPOINT_URL_STS: `http://127.0.0.1:${sts.port}`,
      }
    },
    accessKeyId: 'ASIAROLE',
  },
  {
    name: 'nowhere: any will do for what is not AWS',
    environment: () => ({}),
    accessKeyId: '000000000000',
  },
]

for (const { name, environment, accessKeyId, workers = '1' } of sources) {
  test(`keys from ${name}`, async () => {
    const queue = await startBackend()
    ending.push(() => queue.stop())
    const settings = {
      ...(await environment(emptyFolder())),
      AWS_ENDPOINT_URL_SQS: `http://127.0.0.1:${queue.port}`,
    }
    const address = await deploy(await startGateway(settings, '--workers', workers))
    const statuses = await Promise.all(Array.from({ length: 20 }, () => post(address)))
    expect(statuses).toEqual(Array<number>(20).fill(200))
    const signers = queue.received.map(
      ({ headers }) => /^Authorization: AWS4-HMAC-SHA256 Credential=([^,]*)/m.exec(headers.join('\n'))?.[1],
    )
    expect(new Set(signers.map((scope) => scope?.replace(/\/\d{8}\//, '/')))).toEqual(
      new Set([`${accessKeyId}/eu-west-1/sqs/aws4_request`]),
    )
    expect(queue.received[0]).toMatchObject({
      target: '/123456789012/orders',
      body: 'Action=SendMessage&MessageBody=%7B%22a%22%3A1%7D',
    })
  }, 60_000)
}

test('without keys AWS is not called: 500, and the log says what to set', async () => {
  const gateway = await startGateway({})
  expect(await post(await deploy(gateway))).toBe(500)
  expect(`${gateway.output()}${gateway.errors()}`).toMatch(
    /no AWS credentials were found .*set AWS_PROFILE, or/,
  )
}, 60_000)
