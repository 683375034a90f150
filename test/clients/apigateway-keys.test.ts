import { afterAll, beforeAll, expect, test } from 'bun:test'
import {
  APIGatewayClient,
  CreateApiKeyCommand,
  CreateDeploymentCommand,
  CreateRestApiCommand,
  CreateUsagePlanCommand,
  CreateUsagePlanKeyCommand,
  CreateVpcLinkCommand,
  DeleteApiKeyCommand,
  DeleteClientCertificateCommand,
  DeleteUsagePlanCommand,
  DeleteUsagePlanKeyCommand,
  DeleteVpcLinkCommand,
  GenerateClientCertificateCommand,
  GetAccountCommand,
  GetApiKeyCommand,
  GetTagsCommand,
  GetUsageCommand,
  GetUsagePlanKeyCommand,
  GetVpcLinkCommand,
  ImportApiKeysCommand,
  LimitExceededException,
  PutIntegrationCommand,
  PutMethodCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateAccountCommand,
  UpdateUsageCommand,
  UpdateUsagePlanCommand,
  paginateGetApiKeys,
} from '@aws-sdk/client-api-gateway'
import { startControlPlane, type RunningControlPlane } from './support/control-plane.ts'

let gateway: RunningControlPlane
let client: APIGatewayClient

beforeAll(() => {
  gateway = startControlPlane({ vpcLinks: 1 })
  client = new APIGatewayClient({
    endpoint: gateway.url,
    region: 'us-east-1',
    credentials: { accessKeyId: '111111111111', secretAccessKey: 'any' },
    maxAttempts: 1,
  })
})

afterAll(async () => {
  client.destroy()
  await gateway[Symbol.asyncDispose]()
})

const arn = (path: string): string => `arn:aws:apigateway:us-east-1::${path}`
const today = (): string => new Date().toISOString().slice(0, 10)

async function deployedApi(): Promise<string> {
  const { id: restApiId, rootResourceId: resourceId } = await client.send(
    new CreateRestApiCommand({ name: 'pets' }),
  )
  const method = { restApiId, resourceId, httpMethod: 'GET' }
  await client.send(new PutMethodCommand({ ...method, authorizationType: 'NONE' }))
  await client.send(new PutIntegrationCommand({ ...method, type: 'MOCK' }))
  await client.send(new CreateDeploymentCommand({ restApiId, stageName: 'dev' }))
  return restApiId as string
}

test('a key, its plan and its usage', async () => {
  const apiId = await deployedApi()
  const plan = await client.send(
    new CreateUsagePlanCommand({
      name: 'gold',
      apiStages: [{ apiId, stage: 'dev', throttle: { '/pets/GET': { rateLimit: 2.5, burstLimit: 5 } } }],
      throttle: { rateLimit: 10, burstLimit: 20 },
      quota: { limit: 100, period: 'DAY' },
      tags: { team: 'pets' },
    }),
  )
  expect(plan.$metadata.httpStatusCode).toBe(201)
  expect(plan.apiStages?.[0]?.throttle).toEqual({ '/pets/GET': { rateLimit: 2.5, burstLimit: 5 } })
  const usagePlanId = plan.id
  const key = await client.send(new CreateApiKeyCommand({ name: 'k', value: '', enabled: true }))
  expect(key.value).toHaveLength(40)
  expect(key.createdDate).toBeInstanceOf(Date)
  const keyId = key.id
  await client.send(new CreateUsagePlanKeyCommand({ usagePlanId, keyId, keyType: 'API_KEY' }))
  const member = await client.send(new GetUsagePlanKeyCommand({ usagePlanId, keyId }))
  expect(member).toMatchObject({ id: keyId, type: 'API_KEY', value: key.value })

  const day = today()
  const usage = await client.send(new GetUsageCommand({ usagePlanId, startDate: day, endDate: day }))
  expect(usage.items).toEqual({ [keyId as string]: [[0, 100]] })
  const patchOperations = [{ op: 'replace' as const, path: '/remaining', value: '7' }]
  const granted = await client.send(new UpdateUsageCommand({ usagePlanId, keyId, patchOperations }))
  expect(granted.items).toEqual({ [keyId as string]: [[0, 7]] })

  const removed = await client.send(new DeleteUsagePlanKeyCommand({ usagePlanId, keyId }))
  expect(removed.$metadata.httpStatusCode).toBe(202)
  const leave = [{ op: 'remove' as const, path: '/apiStages', value: `${apiId}:dev` }]
  await client.send(new UpdateUsagePlanCommand({ usagePlanId, patchOperations: leave }))
  await client.send(new DeleteUsagePlanCommand({ usagePlanId }))
  await client.send(new DeleteApiKeyCommand({ apiKey: keyId }))
})

test('keys come from a file, by pages', async () => {
  const rows = Array.from({ length: 30 }, (_, i) => `file-${i},${String(i).padStart(20, 'v')}`)
  const body = Buffer.from(['name,key', ...rows].join('\n'))
  const { ids, warnings } = await client.send(new ImportApiKeysCommand({ format: 'csv', body }))
  expect(ids).toHaveLength(30)
  expect(warnings ?? []).toEqual([])
  const names: (string | undefined)[] = []
  const pages = paginateGetApiKeys({ client, pageSize: 12 }, { nameQuery: 'file-', includeValues: true })
  for await (const { items } of pages) names.push(...(items ?? []).map(({ name }) => name))
  expect(new Set(names)).toEqual(new Set(rows.map((row) => row.split(',')[0])))
  expect(names).toHaveLength(30)
  const { value } = await client.send(new GetApiKeyCommand({ apiKey: ids?.[0], includeValue: true }))
  expect(value).toHaveLength(20)
})

test('a VPC link is there when somebody looks, and there are as many as the quota says', async () => {
  const targetArns = ['arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/net/lb/50dc6c']
  const created = await client.send(new CreateVpcLinkCommand({ name: 'lb', targetArns }))
  expect(created).toMatchObject({ status: 'PENDING', $metadata: { httpStatusCode: 202 } })
  const link = await client.send(new GetVpcLinkCommand({ vpcLinkId: created.id }))
  expect(link.status).toBe('AVAILABLE')
  const refused = client.send(new CreateVpcLinkCommand({ name: 'other', targetArns }))
  expect(await refused.catch((error: unknown) => error)).toBeInstanceOf(LimitExceededException)
  const deleted = await client.send(new DeleteVpcLinkCommand({ vpcLinkId: link.id }))
  expect(deleted.$metadata.httpStatusCode).toBe(202)
})

test('tags of what accounts have beside APIs', async () => {
  const { clientCertificateId } = await client.send(new GenerateClientCertificateCommand({}))
  const { id } = await client.send(new CreateApiKeyCommand({ name: 'tagged', tags: { a: '1' } }))
  for (const resourceArn of [arn(`/clientcertificates/${clientCertificateId}`), arn(`/apikeys/${id}`)]) {
    await client.send(new TagResourceCommand({ resourceArn, tags: { b: '2' } }))
    await client.send(new UntagResourceCommand({ resourceArn, tagKeys: ['a'] }))
    expect((await client.send(new GetTagsCommand({ resourceArn }))).tags).toEqual({ b: '2' })
  }
  await client.send(new DeleteClientCertificateCommand({ clientCertificateId }))
})

test('the account', async () => {
  const value = 'arn:aws:iam::123412341234:role/logs'
  await client.send(
    new UpdateAccountCommand({ patchOperations: [{ op: 'replace', path: '/cloudwatchRoleArn', value }] }),
  )
  expect(await client.send(new GetAccountCommand({}))).toMatchObject({
    cloudwatchRoleArn: value,
    throttleSettings: { rateLimit: 10_000, burstLimit: 5000 },
  })
})
