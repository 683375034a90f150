import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import {
  APIGatewayClient,
  BadRequestException,
  ConflictException,
  CreateDeploymentCommand,
  CreateModelCommand,
  CreateRequestValidatorCommand,
  CreateResourceCommand,
  CreateRestApiCommand,
  CreateStageCommand,
  DeleteDeploymentCommand,
  DeleteIntegrationCommand,
  DeleteIntegrationResponseCommand,
  DeleteMethodCommand,
  DeleteMethodResponseCommand,
  DeleteModelCommand,
  DeleteResourceCommand,
  DeleteRestApiCommand,
  DeleteStageCommand,
  GetAccountCommand,
  GetDeploymentCommand,
  GetDeploymentsCommand,
  GetIntegrationCommand,
  GetIntegrationResponseCommand,
  GetMethodCommand,
  GetMethodResponseCommand,
  GetModelsCommand,
  GetResourceCommand,
  GetResourcesCommand,
  GetRestApiCommand,
  GetRestApisCommand,
  GetStageCommand,
  GetStagesCommand,
  GetTagsCommand,
  ImportRestApiCommand,
  NotFoundException,
  PutIntegrationCommand,
  PutIntegrationResponseCommand,
  PutMethodCommand,
  PutMethodResponseCommand,
  PutRestApiCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateIntegrationCommand,
  UpdateMethodCommand,
  UpdateResourceCommand,
  UpdateRestApiCommand,
  UpdateStageCommand,
  paginateGetResources,
} from '@aws-sdk/client-api-gateway'
import { startControlPlane, type RunningControlPlane } from './support/control-plane.ts'

let gateway: RunningControlPlane
let client: APIGatewayClient

beforeAll(() => {
  gateway = startControlPlane()
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

const text = (document: object): Uint8Array => new TextEncoder().encode(JSON.stringify(document))

/** What a call is refused with. */
async function refusalOf(sent: Promise<unknown>): Promise<Error> {
  try {
    await sent
  } catch (error) {
    return error as Error
  }
  throw new Error('the call was not refused')
}

async function createApi(): Promise<{ restApiId: string; resourceId: string }> {
  const { id, rootResourceId } = await client.send(new CreateRestApiCommand({ name: 'pets' }))
  return { restApiId: id as string, resourceId: rootResourceId as string }
}

test('an API from creation to deletion', async () => {
  const created = await client.send(new CreateRestApiCommand({ name: 'pets', description: 'd' }))
  expect(created.$metadata.httpStatusCode).toBe(201)
  expect(created.id).toMatch(/^[a-z0-9]{10}$/)
  expect(created.rootResourceId).toMatch(/^[a-z0-9]{10}$/)
  expect(Math.abs((created.createdDate as Date).getTime() - Date.now())).toBeLessThan(60_000)
  const restApiId = created.id as string

  const { items } = await client.send(new GetRestApisCommand({ limit: 500 }))
  expect(items?.map(({ id }) => id)).toContain(restApiId)
  expect(await client.send(new GetRestApiCommand({ restApiId }))).toMatchObject({
    name: 'pets',
    description: 'd',
  })
  const patchOperations = [{ op: 'replace' as const, path: '/name', value: 'dogs' }]
  expect(await client.send(new UpdateRestApiCommand({ restApiId, patchOperations }))).toMatchObject({
    name: 'dogs',
    tags: {},
  })

  const deleted = await client.send(new DeleteRestApiCommand({ restApiId }))
  expect(deleted.$metadata.httpStatusCode).toBe(202)
  const refusal = await refusalOf(client.send(new GetRestApiCommand({ restApiId })))
  expect(refusal).toBeInstanceOf(NotFoundException)
  expect(refusal.message).toBe(`Invalid API identifier specified 111111111111:${restApiId}`)
})

test('resource, method, integration, responses, deployment, stage: there and back', async () => {
  const { restApiId, resourceId: parentId } = await createApi()
  const resource = await client.send(new CreateResourceCommand({ restApiId, parentId, pathPart: '{id}' }))
  const at = { restApiId, resourceId: resource.id as string, httpMethod: 'GET' }
  expect(resource.path).toBe('/{id}')

  await client.send(
    new PutMethodCommand({
      ...at,
      authorizationType: 'NONE',
      requestParameters: { 'method.request.path.id': true },
    }),
  )
  await client.send(
    new PutMethodResponseCommand({
      ...at,
      statusCode: '200',
      responseParameters: { 'method.response.header.a': false },
    }),
  )
  const integration = await client.send(
    new PutIntegrationCommand({
      ...at,
      type: 'HTTP',
      integrationHttpMethod: 'GET',
      uri: 'http://backend.test/{id}',
      requestParameters: { 'integration.request.path.id': 'method.request.path.id' },
    }),
  )
  expect(integration).toMatchObject({ timeoutInMillis: 29000, cacheNamespace: at.resourceId })
  await client.send(
    new PutIntegrationResponseCommand({
      ...at,
      statusCode: '200',
      selectionPattern: '2..',
      responseParameters: { 'method.response.header.a': "'x'" },
    }),
  )
  expect(await client.send(new GetMethodCommand(at))).toMatchObject({
    methodResponses: { 200: { statusCode: '200' } },
    methodIntegration: { type: 'HTTP', integrationResponses: { 200: { selectionPattern: '2..' } } },
  })
  expect(await client.send(new GetMethodResponseCommand({ ...at, statusCode: '200' }))).toMatchObject({
    statusCode: '200',
  })
  expect(await client.send(new GetIntegrationCommand(at))).toMatchObject({ type: 'HTTP' })
  expect(await client.send(new GetIntegrationResponseCommand({ ...at, statusCode: '200' }))).toMatchObject({
    responseParameters: { 'method.response.header.a': "'x'" },
  })
  const apiKeyRequired = [{ op: 'replace' as const, path: '/apiKeyRequired', value: 'true' }]
  expect(
    await client.send(new UpdateMethodCommand({ ...at, patchOperations: apiKeyRequired })),
  ).toMatchObject({ apiKeyRequired: true })
  const timeout = [{ op: 'replace' as const, path: '/timeoutInMillis', value: '1000' }]
  expect(await client.send(new UpdateIntegrationCommand({ ...at, patchOperations: timeout }))).toMatchObject({
    timeoutInMillis: 1000,
  })

  const deployment = await client.send(new CreateDeploymentCommand({ restApiId, stageName: 'dev' }))
  const deploymentId = deployment.id as string
  expect(deploymentId).toMatch(/^[a-z0-9]{6}$/)
  expect((await client.send(new GetDeploymentsCommand({ restApiId }))).items).toHaveLength(1)
  expect(
    (await client.send(new GetDeploymentCommand({ restApiId, deploymentId, embed: ['apisummary'] })))
      .apiSummary,
  ).toEqual({ '/{id}': { GET: { authorizationType: 'NONE', apiKeyRequired: true } } })
  await client.send(
    new CreateStageCommand({ restApiId, stageName: 'prod', deploymentId, variables: { a: 'b' } }),
  )
  expect((await client.send(new GetStagesCommand({ restApiId }))).item).toHaveLength(2)
  const patchOperations = [{ op: 'replace' as const, path: '/*/*/throttling/rateLimit', value: '5.000000' }]
  expect(
    await client.send(new UpdateStageCommand({ restApiId, stageName: 'prod', patchOperations })),
  ).toMatchObject({
    methodSettings: { '*/*': { throttlingRateLimit: 5 } },
  })
  expect(await client.send(new GetStageCommand({ restApiId, stageName: 'prod' }))).toMatchObject({
    variables: { a: 'b' },
  })
  expect(
    (await refusalOf(client.send(new DeleteDeploymentCommand({ restApiId, deploymentId })))).message,
  ).toContain('Active stages pointing to this deployment must be moved or deleted')

  for (const stageName of ['dev', 'prod']) await client.send(new DeleteStageCommand({ restApiId, stageName }))
  await client.send(new DeleteDeploymentCommand({ restApiId, deploymentId }))
  for (const command of [
    new DeleteIntegrationResponseCommand({ ...at, statusCode: '200' }),
    new DeleteIntegrationCommand(at),
    new DeleteMethodResponseCommand({ ...at, statusCode: '200' }),
    new DeleteMethodCommand(at),
  ]) {
    const { $metadata } = await client.send(command as DeleteMethodCommand)
    expect($metadata.httpStatusCode).toBe(204)
  }
  const { $metadata } = await client.send(new DeleteResourceCommand({ restApiId, resourceId: at.resourceId }))
  expect($metadata.httpStatusCode).toBe(202)
})

test('resources are listed, moved and embedded', async () => {
  const { restApiId, resourceId: parentId } = await createApi()
  const made = await Promise.all(
    Array.from({ length: 30 }, (_, i) =>
      client.send(new CreateResourceCommand({ restApiId, parentId, pathPart: `r${i}` })),
    ),
  )
  const { items } = await client.send(new GetResourcesCommand({ restApiId, limit: 500 }))
  const paths = items?.map(({ path }) => path)
  expect(paths).toEqual(['/', ...made.map(({ path }) => path as string).toSorted()])
  const paged: (string | undefined)[] = []
  for await (const page of paginateGetResources({ client, pageSize: 7 }, { restApiId })) {
    expect(page.items?.length).toBeLessThanOrEqual(7)
    paged.push(...(page.items ?? []).map(({ path }) => path))
  }
  expect(paged).toEqual(paths as string[])
  const resourceId = made[0]?.id as string
  const patchOperations = [{ op: 'replace' as const, path: '/pathPart', value: 'moved' }]
  expect(
    await client.send(new UpdateResourceCommand({ restApiId, resourceId, patchOperations })),
  ).toMatchObject({ path: '/moved' })
  await client.send(
    new PutMethodCommand({ restApiId, resourceId, httpMethod: 'ANY', authorizationType: 'NONE' }),
  )
  expect(
    await client.send(new GetResourceCommand({ restApiId, resourceId, embed: ['methods'] })),
  ).toMatchObject({
    resourceMethods: { ANY: { authorizationType: 'NONE' } },
  })
})

test('a document is imported and put again', async () => {
  const document = (path: string) =>
    text({
      openapi: '3.0.1',
      info: { title: 'imported', version: '1' },
      paths: { [path]: { get: { 'x-amazon-apigateway-integration': { type: 'mock' } } } },
    })
  const api = await client.send(
    new ImportRestApiCommand({
      body: document('/a'),
      parameters: { endpointConfigurationTypes: 'REGIONAL' },
    }),
  )
  expect(api).toMatchObject({
    name: 'imported',
    version: '1',
    endpointConfiguration: { types: ['REGIONAL'] },
  })
  const restApiId = api.id as string
  await client.send(new PutRestApiCommand({ restApiId, mode: 'merge', body: document('/b') }))
  const { items } = await client.send(new GetResourcesCommand({ restApiId }))
  expect(items?.map(({ path }) => path)).toEqual(['/', '/a', '/b'])
  await client.send(new CreateDeploymentCommand({ restApiId, stageName: 'dev' }))
  expect(await refusalOf(client.send(new ImportRestApiCommand({ body: text({}) })))).toBeInstanceOf(
    BadRequestException,
  )
})

test('tags, models, validators and the account', async () => {
  const { restApiId } = await createApi()
  const resourceArn = `arn:aws:apigateway:us-east-1::/restapis/${restApiId}`
  await client.send(new TagResourceCommand({ resourceArn, tags: { a: '1', b: '2' } }))
  await client.send(new UntagResourceCommand({ resourceArn, tagKeys: ['a'] }))
  expect((await client.send(new GetTagsCommand({ resourceArn }))).tags).toEqual({ b: '2' })
  const model = { restApiId, name: 'Pet', contentType: 'application/json', schema: '{}' }
  await client.send(new CreateModelCommand(model))
  expect(await refusalOf(client.send(new CreateModelCommand(model)))).toBeInstanceOf(ConflictException)
  expect((await client.send(new GetModelsCommand({ restApiId }))).items?.map(({ name }) => name)).toEqual([
    'Empty',
    'Error',
    'Pet',
  ])
  await client.send(new DeleteModelCommand({ restApiId, modelName: 'Pet' }))
  await client.send(new CreateRequestValidatorCommand({ restApiId, name: 'v' }))
  expect((await client.send(new GetAccountCommand({}))).throttleSettings).toBeDefined()
})

describe('what the framework refuses before an operation sees it', () => {
  const cases: readonly (readonly [string, () => Promise<unknown>, string])[] = [
    [
      'a name outside its enumeration',
      () =>
        client.send(
          new PutIntegrationCommand({
            restApiId: 'a',
            resourceId: 'b',
            httpMethod: 'GET',
            type: 'HTTPS_PROXY' as 'HTTP_PROXY',
          }),
        ),
      "Value 'HTTPS_PROXY' at 'putIntegrationInput.type' failed to satisfy constraint",
    ],
    [
      'a status code that is none',
      () =>
        client.send(
          new PutIntegrationResponseCommand({
            restApiId: 'a',
            resourceId: 'b',
            httpMethod: 'GET',
            statusCode: 'x',
          }),
        ),
      'Member must satisfy regular expression pattern',
    ],
  ]
  for (const [name, send, message] of cases) {
    test(name, async () => expect((await refusalOf(send())).message).toContain(message))
  }
})

test('APIs of another account or region are not there', async () => {
  const { restApiId } = await createApi()
  for (const [accessKeyId, region] of [
    ['222222222222', 'us-east-1'],
    ['111111111111', 'eu-west-1'],
  ] as const) {
    const other = new APIGatewayClient({
      endpoint: gateway.url,
      region,
      credentials: { accessKeyId, secretAccessKey: 'any' },
      maxAttempts: 1,
    })
    expect(await other.send(new GetRestApisCommand({}))).toMatchObject({ items: [] })
    expect(await refusalOf(other.send(new DeleteRestApiCommand({ restApiId })))).toBeInstanceOf(
      NotFoundException,
    )
    other.destroy()
  }
})
