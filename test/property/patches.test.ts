import { afterAll, beforeAll, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { Call } from '#aws/call.ts'
import { AwsError } from '#aws/error.ts'
import { silentLog } from '#base/log.ts'
import { apiGatewayHandlers } from '#control-plane/apigateway/service.ts'
import { openSqliteStore } from '#store/sqlite.ts'
import type { Store } from '#store/store.ts'
import { newMethodTester } from '../support/method-tester.ts'
import { account, now, region } from '../support/play-calls.ts'

// Any patch is applied whole or refused in AWS's form; what is answered is what is kept, and can be patched again.

type Handler = (input: unknown, call: Call) => unknown

let store: Store
let handlers: Readonly<Record<string, Handler | undefined>>

beforeAll(() => {
  store = openSqliteStore({ path: ':memory:', log: silentLog })
  const clock = { now: () => now }
  handlers = apiGatewayHandlers({
    store,
    clock,
    log: silentLog,
    methodTester: newMethodTester(clock),
    // Each try makes things of its own.
    quotas: { edgeApis: 100_000, usagePlans: 100_000, vpcLinks: 100_000, domainNames: 100_000 },
  }) as unknown as typeof handlers
})

afterAll(() => store.close())

function invoke(operation: string, input: object): Promise<unknown> {
  const principal = { account, accessKeyId: 'AKID', arn: `arn:aws:iam::${account}:root`, userId: account }
  const call = { service: 'apigateway', operation, account, region, requestId: 'request', principal }
  return Promise.resolve(handlers[operation]?.(input, call))
}

interface Patched {
  readonly update: string
  readonly read: string
  readonly paths: readonly string[]
  readonly values: readonly string[]
  /** Makes one and says how it is named. */
  readonly make: () => Promise<object>
}

const certificateArn = 'arn:aws:acm:us-east-1:111111111111:certificate/c'
const functionUri = 'arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/f/invocations'
const newApi = async () =>
  (await invoke('CreateRestApi', { name: 'a' })) as { id: string; rootResourceId: string }
let names = 0

const nouns: Readonly<Record<string, Patched>> = {
  'an API key': {
    update: 'UpdateApiKey',
    read: 'GetApiKey',
    paths: ['/name', '/description', '/enabled', '/customerId', '/stages', '/value', '/__proto__'],
    values: ['true', 'a/b', ''],
    make: async () => ({ apiKey: ((await invoke('CreateApiKey', {})) as { id: string }).id }),
  },
  'a usage plan': {
    update: 'UpdateUsagePlan',
    read: 'GetUsagePlan',
    paths: [
      '/name',
      '/productCode',
      '/apiStages',
      '/apiStages/a:b/throttle/~1pets/GET/rateLimit',
      '/apiStages/a:b/throttle//pets/GET',
      '/quota',
      '/quota/limit',
      '/quota/offset',
      '/quota/period',
      '/throttle',
      '/throttle/rateLimit',
      '/throttle/burstLimit',
    ],
    values: ['5', '5.000000', '-1', 'WEEK', 'a:b', ''],
    make: async () => {
      const plan = (await invoke('CreateUsagePlan', { name: 'p' })) as { id: string }
      return { usagePlanId: plan.id }
    },
  },
  'a VPC link': {
    update: 'UpdateVpcLink',
    read: 'GetVpcLink',
    paths: ['/name', '/description', '/targetArns', '/targetArns/0'],
    values: ['a', ''],
    make: async () => {
      const targetArns = ['arn:aws:elasticloadbalancing:us-east-1:111111111111:loadbalancer/net/a/b']
      return { vpcLinkId: ((await invoke('CreateVpcLink', { name: 'l', targetArns })) as { id: string }).id }
    },
  },
  'a gateway response': {
    update: 'UpdateGatewayResponse',
    read: 'GetGatewayResponse',
    paths: [
      '/statusCode',
      '/responseParameters/gatewayresponse.header.a',
      '/responseTemplates/a~1b',
      '/responseTemplates',
      '/responseParameters/__proto__',
    ],
    values: ['200', "'a'", 'method.request.body', '{}'],
    make: async () => ({ restApiId: (await newApi()).id, responseType: 'THROTTLED' }),
  },
  'an authorizer': {
    update: 'UpdateAuthorizer',
    read: 'GetAuthorizer',
    paths: [
      '/name',
      '/type',
      '/authorizerUri',
      '/identitySource',
      '/identityValidationExpression',
      '/authorizerResultTtlInSeconds',
      '/providerARNs',
      '/authType',
    ],
    values: ['TOKEN', 'REQUEST', 'COGNITO_USER_POOLS', 'method.request.header.A', '0', '(', functionUri],
    make: async () => {
      const { id: restApiId } = await newApi()
      const authorizer = (await invoke('CreateAuthorizer', {
        restApiId,
        name: 'a',
        type: 'TOKEN',
        authorizerUri: functionUri,
        identitySource: 'method.request.header.A',
      })) as { id: string }
      return { restApiId, authorizerId: authorizer.id }
    },
  },
  'a documentation part': {
    update: 'UpdateDocumentationPart',
    read: 'GetDocumentationPart',
    paths: ['/properties', '/location'],
    values: ['{}', '{', '[]', 'null'],
    make: async () => {
      const { id: restApiId } = await newApi()
      const given = { restApiId, location: { type: 'API' }, properties: '{}' }
      const { id } = (await invoke('CreateDocumentationPart', given)) as { id: string }
      return { restApiId, documentationPartId: id }
    },
  },
  'a domain name': {
    update: 'UpdateDomainName',
    read: 'GetDomainName',
    paths: [
      '/certificateArn',
      '/certificateName',
      '/regionalCertificateArn',
      '/securityPolicy',
      '/endpointAccessMode',
      '/routingMode',
      '/policy',
      '/managementPolicy',
      '/endpointConfiguration/types',
      '/endpointConfiguration/types/0',
      '/endpointConfiguration/types/EDGE',
      '/endpointConfiguration/ipAddressType',
      '/mutualTlsAuthentication/truststoreUri',
      '/mutualTlsAuthentication/truststoreVersion',
    ],
    values: [
      certificateArn,
      'EDGE',
      'REGIONAL',
      'PRIVATE',
      'TLS_1_2',
      'STRICT',
      's3://b/k',
      '{}',
      'dualstack',
    ],
    make: async () => {
      const domainName = `d${++names}.example.com`
      await invoke('CreateDomainName', { domainName, certificateArn, regionalCertificateArn: certificateArn })
      return { domainName }
    },
  },
  'a stage with a canary': {
    update: 'UpdateStage',
    read: 'GetStage',
    paths: [
      '/canarySettings',
      '/canarySettings/percentTraffic',
      '/canarySettings/deploymentId',
      '/canarySettings/useStageCache',
      '/canarySettings/stageVariableOverrides/a',
      '/canarySettings/stageVariableOverrides/__proto__',
      '/deploymentId',
      '/variables',
      '/variables/a',
    ],
    values: ['1e1', '-1', 'x', 'true'],
    make: async () => {
      const { id: restApiId, rootResourceId: resourceId } = await newApi()
      const method = { restApiId, resourceId, httpMethod: 'GET' }
      await invoke('PutMethod', { ...method, authorizationType: 'NONE' })
      await invoke('PutIntegration', { ...method, type: 'MOCK' })
      await invoke('CreateDeployment', { restApiId, stageName: 'dev' })
      return { restApiId, stageName: 'dev' }
    },
  },
}

const froms = ['/canarySettings/deploymentId', '/canarySettings/stageVariableOverrides', '/x']

for (const [name, { update, read, paths, values, make }] of Object.entries(nouns)) {
  const operation = fc.record(
    {
      op: fc.constantFrom('add', 'replace', 'remove', 'copy', 'move', 'test'),
      path: fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...paths) }, fc.string()),
      value: fc.oneof(
        { weight: 6, arbitrary: fc.constantFrom('', ...values) },
        fc.string({ unit: 'binary' }),
      ),
      from: fc.constantFrom(...froms),
    },
    { requiredKeys: ['op'] },
  )
  test(`any patch of ${name} is applied whole or refused`, () =>
    fc.assert(
      fc.asyncProperty(fc.array(fc.array(operation, { maxLength: 4 }), { maxLength: 4 }), async (patches) => {
        const id = await make()
        for (const patchOperations of patches) {
          const before = await invoke(read, id)
          try {
            const answer = await invoke(update, { ...id, patchOperations })
            expect(await invoke(read, id)).toEqual(answer)
          } catch (error) {
            if (!(error instanceof AwsError)) throw error
            expect(error.status).toBeLessThan(500)
            expect(await invoke(read, id)).toEqual(before)
          }
        }
      }),
      { numRuns: 150, seed: 5 },
    ))
}
