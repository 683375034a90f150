import { afterAll, beforeAll, expect, test } from 'bun:test'
import { compileHttpApi } from '#compiler/compile-http-api.ts'
import type { StageLogs } from '#data-plane/logs/log-sink.ts'
import { LocalFunctions, returning, throwing, unavailable } from '../rest/support/functions.ts'
import { hostOf, startHouse, type House } from '../rest/support/house.ts'
import type { RawRequest } from '../rest/support/raw-http.ts'
import { defineHttpApi, toFunction, toUri } from './support/definition.ts'

// Access logs of HTTP APIs. Developer guide, "Customizing HTTP API access logs".

const DESTINATION = 'arn:aws:logs:us-east-1:123456789012:log-group:shop'
let house: House
beforeAll(async () => {
  house = await startHouse()
  house.functions = new LocalFunctions({
    ok: returning({ statusCode: 201, body: 'hello' }),
    broken: throwing('boom'),
    away: unavailable('access-denied'),
  })
})
afterAll(() => house.stop())

/** The line that a request leaves in the access log. */
async function lineOf(names: readonly string[], request: RawRequest): Promise<Record<string, string>> {
  // AWS wants a request's id in every format.
  const wanted = [...new Set([...names, 'requestId'])]
  const format = JSON.stringify(Object.fromEntries(wanted.map((name) => [name, `$context.${name}`])))
  const { promise, resolve } = Promise.withResolvers<string>()
  const logs: StageLogs = {
    access: (group) => (group === 'shop' ? { write: resolve } : undefined),
    execution: () => undefined,
    accessLogFormat: undefined,
    tellsFaults: true,
  }
  const { snapshot, stage } = defineHttpApi('logged', {
    routes: {
      'GET /ok/{id}': toFunction('ok'),
      'GET /mapped/{id}': toFunction('ok', {
        responseParameters: { '201': { 'overwrite:statuscode': '202' } },
      }),
      'GET /broken': toFunction('broken'),
      'GET /away': toFunction('away'),
      'GET /nobody': toUri('http://127.0.0.1:1/'),
    },
    stage: { accessLogSettings: { destinationArn: DESTINATION, format } },
  })
  const { plan, diagnostics } = compileHttpApi(snapshot, stage, { logs })
  expect(diagnostics).toEqual([])
  house.planTable.swap(plan)
  await house.send('logged', { ...request, target: `raw:${request.target}` })
  return JSON.parse(await promise) as Record<string, string>
}

test('what is known of a request', async () => {
  const line = await lineOf(
    [
      'accountId',
      'apiId',
      'domainName',
      'domainPrefix',
      'httpMethod',
      'path',
      'protocol',
      'routeKey',
      'stage',
      'status',
      'responseLength',
      'dataProcessed',
      'identity.sourceIp',
      'identity.userAgent',
      'integration.status',
      'integration.integrationStatus',
      'error.message',
    ],
    { target: '/ok/1?a=b', headers: ['User-Agent: curl'] },
  )
  expect(line).toEqual({
    requestId: expect.stringMatching(/^[\w-]{15}=$/) as unknown as string,
    accountId: '123456789012',
    apiId: 'logged',
    domainName: hostOf('logged'),
    domainPrefix: 'logged',
    httpMethod: 'GET',
    path: '/ok/1',
    protocol: 'HTTP/1.1',
    routeKey: 'GET /ok/{id}',
    stage: '$default',
    status: '201',
    responseLength: '5',
    dataProcessed: '5',
    'identity.sourceIp': '127.0.0.1',
    'identity.userAgent': 'curl',
    'integration.status': '201',
    'integration.integrationStatus': '201',
    'error.message': '-',
  })
})

test('the status of the backend is told, whatever a mapping makes of it', async () => {
  const names = ['status', 'integration.status', 'integrationStatus']
  const line = await lineOf(names, { target: '/mapped/1' })
  expect(names.map((name) => line[name])).toEqual(['202', '201', '201'])
})

test('extendedRequestId is requestId', async () => {
  const { requestId, extendedRequestId } = await lineOf(['requestId', 'extendedRequestId'], {
    target: '/ok/1',
  })
  expect(requestId).toMatch(/^[\w-]{15}=$/)
  expect(extendedRequestId).toBe(requestId as string)
})

const FAILED = ['status', 'responseLength', 'error.message', 'error.responseType', 'integrationErrorMessage']
for (const [target, expected] of [
  ['/none', ['404', '23', 'Not Found', 'RESOURCE_NOT_FOUND', '-']],
  [
    '/away',
    [
      '500',
      '35',
      'Internal Server Error',
      'DEFAULT_5XX',
      "The IAM role configured on the integration or API Gateway doesn't have permissions to call the integration. Check the permissions and try again.",
    ],
  ],
  [
    '/broken',
    [
      '500',
      '35',
      'Internal Server Error',
      'DEFAULT_5XX',
      'The Lambda function returned the following error: boom. Check your Lambda function code and try again.',
    ],
  ],
  ['/nobody', ['503', '33', 'Service Unavailable', 'INTEGRATION_FAILURE', /the endpoint gave no answer/]],
] as const) {
  test(`what is known of a failure: ${target}`, async () => {
    const line = await lineOf(FAILED, { target })
    for (const [at, name] of FAILED.entries()) {
      const value = expected[at] as string | RegExp
      if (value instanceof RegExp) expect(line[name]).toMatch(value)
      else expect(`${name}: ${line[name]}`).toBe(`${name}: ${value}`)
    }
  })
}
