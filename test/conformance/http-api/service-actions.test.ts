import { afterAll, beforeAll, expect, test } from 'bun:test'
import type { SigningKeys } from '#aws/sigv4.ts'
import { compileHttpApi } from '#compiler/compile-http-api.ts'
import type { StageLogs } from '#data-plane/logs/log-sink.ts'
import { startBackend, type Backend } from '../rest/support/backend.ts'
import { normalise } from '../rest/support/case.ts'
import { startHouse, type House } from '../rest/support/house.ts'
import { signedScope } from '../rest/support/signed-scope.ts'
import { serviceActionCases, type ServiceActionCase } from './service-actions.cases.ts'
import { defineHttpApi } from './support/definition.ts'

// Developer guide, "Working with AWS service integrations for HTTP APIs".

const KEYS: SigningKeys = { accessKeyId: 'AKIDTEST', secretAccessKey: 'a secret' }
let house: House
let backend: Backend
let count = 0

beforeAll(async () => {
  backend = await startBackend()
  const environment = { AWS_ENDPOINT_URL: `http://127.0.0.1:${backend.port}` }
  house = await startHouse({ aws: { environment, own: async () => KEYS } })
})
afterAll(async () => {
  await house.stop()
  await backend.stop()
})

for (const each of serviceActionCases) test(each.name, () => play(each))

async function play(each: ServiceActionCase): Promise<void> {
  const { subtype, parameters, responseParameters, request, answer = {}, expect: expected } = each
  const apiId = `action${++count}`
  backend.answer = answer
  backend.received.length = 0
  const { promise, resolve } = Promise.withResolvers<string>()
  const { snapshot, stage } = defineHttpApi(apiId, {
    routes: {
      'ANY /x/{id}': {
        integration: {
          integrationType: 'AWS_PROXY',
          integrationSubtype: subtype,
          requestParameters: parameters,
          ...(responseParameters === undefined ? {} : { responseParameters }),
        },
      },
    },
    stage: { stageVariables: { env: 'blue' }, accessLogSettings: LOGGED },
  })
  const { plan, diagnostics } = compileHttpApi(snapshot, stage, { logs: logsTo(resolve) })
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([])
  house.planTable.swap(plan)
  const { target = '/x/7', ...rest } = request ?? {}
  const reply = await house.send(apiId, { ...rest, target: `raw:${target}` })
  const { status = 200, body = reply.body } = expected
  expect({ status: reply.status, body: reply.body }).toEqual({ status, body })
  for (const [name, value] of Object.entries(expected.header ?? {})) {
    expect([name, reply.header(name) ?? null]).toEqual([name, value])
  }
  const line = JSON.parse(await promise) as { requestId: string; error: string }
  if (expected.error !== undefined) expect(line.error).toBe(expected.error)
  const [got, ...more] = backend.received
  expect(more).toEqual([])
  expect(got && signedScope(got, KEYS)).toBe(expected.scope)
  if (got === undefined) return
  const { headers = [], ...asked } = expected.asked ?? {}
  expect(got).toMatchObject(asked)
  const lines = got.headers.map((each) => normalise(each).replaceAll(apiId, '<api>'))
  expect(lines).toEqual(expect.arrayContaining([...headers]))
}

const LOGGED = {
  destinationArn: 'arn:aws:logs:us-east-1:123456789012:log-group:shop',
  format: '{"requestId":"$context.requestId","error":"$context.integrationErrorMessage"}',
}

function logsTo(write: (line: string) => void): StageLogs {
  return {
    access: () => ({ write }),
    execution: () => undefined,
    accessLogFormat: undefined,
    tellsFaults: true,
  }
}

/** What an owner got wrong: told at the deployment, and the route answers 500. */
const refused: readonly (readonly [
  subtype: string,
  parameters: Record<string, string>,
  message: string,
  where: string,
])[] = [
  [
    'SNS-Publish',
    {},
    'integration subtype "SNS-Publish": expected EventBridge-PutEvents, SQS-SendMessage',
    'integrationSubtype',
  ],
  ['constructor', {}, 'integration subtype "constructor"', 'integrationSubtype'],
  ['SQS-SendMessage', { QueueUrl: 'x' }, 'SQS-SendMessage needs MessageBody', 'requestParameters'],
  [
    'SQS-PurgeQueue',
    { QueueUrl: 'x', Body: 'y' },
    '"Body" is no parameter of SQS-PurgeQueue',
    'requestParameters/Body',
  ],
  [
    'SQS-PurgeQueue',
    { QueueUrl: '$request.nothing' },
    'unknown variable request.nothing',
    'requestParameters/QueueUrl',
  ],
]

for (const [subtype, parameters, message, where] of refused) {
  test(`${subtype} with ${JSON.stringify(parameters)} is told`, async () => {
    const apiId = `action${++count}`
    const { snapshot, stage } = defineHttpApi(apiId, {
      routes: {
        'GET /x': {
          integration: {
            integrationType: 'AWS_PROXY',
            integrationSubtype: subtype,
            requestParameters: parameters,
          },
        },
      },
    })
    const { plan, diagnostics } = compileHttpApi(snapshot, stage)
    expect(diagnostics).toMatchObject([
      { severity: 'error', message: expect.stringContaining(message), where: `GET /x/integration/${where}` },
    ])
    house.planTable.swap(plan)
    expect((await house.send(apiId, { target: 'raw:/x' })).status).toBe(500)
  })
}
