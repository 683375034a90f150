import { afterAll, beforeAll, expect, test } from 'bun:test'
import {
  APIGatewayClient,
  CreateAuthorizerCommand,
  CreateBasePathMappingCommand,
  CreateDocumentationPartCommand,
  CreateDocumentationVersionCommand,
  CreateDomainNameAccessAssociationCommand,
  CreateDomainNameCommand,
  CreateModelCommand,
  CreateRestApiCommand,
  DeleteAuthorizerCommand,
  DeleteBasePathMappingCommand,
  DeleteDocumentationPartCommand,
  DeleteDocumentationVersionCommand,
  DeleteDomainNameAccessAssociationCommand,
  DeleteDomainNameCommand,
  DeleteGatewayResponseCommand,
  FlushStageAuthorizersCacheCommand,
  FlushStageCacheCommand,
  GetAuthorizersCommand,
  GetBasePathMappingCommand,
  GetDocumentationPartsCommand,
  GetDocumentationVersionsCommand,
  GetDomainNameAccessAssociationsCommand,
  GetDomainNameCommand,
  GetGatewayResponseCommand,
  GetGatewayResponsesCommand,
  GetModelTemplateCommand,
  GetSdkTypesCommand,
  GetStageCommand,
  GetTagsCommand,
  ImportDocumentationPartsCommand,
  ImportRestApiCommand,
  CreateDeploymentCommand,
  NotFoundException,
  PutGatewayResponseCommand,
  RejectDomainNameAccessAssociationCommand,
  TagResourceCommand,
  UpdateAuthorizerCommand,
  UpdateGatewayResponseCommand,
  UpdateStageCommand,
} from '@aws-sdk/client-api-gateway'
import { startControlPlane, type RunningControlPlane } from './support/control-plane.ts'

let gateway: RunningControlPlane
let client: APIGatewayClient
let restApiId: string

beforeAll(async () => {
  gateway = startControlPlane()
  client = new APIGatewayClient({
    endpoint: gateway.url,
    region: 'us-east-1',
    credentials: { accessKeyId: '111111111111', secretAccessKey: 'any' },
    maxAttempts: 1,
  })
  restApiId = (await client.send(new CreateRestApiCommand({ name: 'pets' }))).id ?? ''
})

afterAll(async () => {
  client.destroy()
  await gateway[Symbol.asyncDispose]()
})

const bytes = (document: object): Uint8Array => new TextEncoder().encode(JSON.stringify(document))
const statusOf = async (sent: Promise<{ $metadata: { httpStatusCode?: number } }>) =>
  (await sent).$metadata.httpStatusCode

async function refusalOf(sent: Promise<unknown>): Promise<Error> {
  try {
    await sent
  } catch (error) {
    return error as Error
  }
  throw new Error('the call was not refused')
}

test('gateway responses', async () => {
  const responseType = 'UNAUTHORIZED'
  const put = new PutGatewayResponseCommand({ restApiId, responseType, statusCode: '418' })
  expect(await client.send(put)).toMatchObject({
    $metadata: { httpStatusCode: 201 },
    statusCode: '418',
    defaultResponse: false,
  })
  const updated = await client.send(
    new UpdateGatewayResponseCommand({
      restApiId,
      responseType,
      patchOperations: [
        { op: 'add', path: '/responseParameters/gatewayresponse.header.WWW-Authenticate', value: "'Basic'" },
        { op: 'replace', path: '/responseTemplates/application~1json', value: '{}' },
      ],
    }),
  )
  expect(updated).toMatchObject({
    $metadata: { httpStatusCode: 200 },
    responseParameters: { 'gatewayresponse.header.WWW-Authenticate': "'Basic'" },
    responseTemplates: { 'application/json': '{}' },
  })
  const types: string[] = []
  for (let position: string | undefined, pages = 0; pages === 0 || position !== undefined; pages++) {
    const page = await client.send(new GetGatewayResponsesCommand({ restApiId, limit: 5, position }))
    types.push(...(page.items ?? []).map((item) => item.responseType ?? ''))
    position = page.position
  }
  expect(types).toHaveLength(21)
  expect(types).toEqual([...types].sort())
  expect(await statusOf(client.send(new DeleteGatewayResponseCommand({ restApiId, responseType })))).toBe(202)

  const unknown = new GetGatewayResponseCommand({ restApiId, responseType: 'FAKE' as never })
  expect((await refusalOf(client.send(unknown))).message).toBe(
    "1 validation error detected: Value 'FAKE' at 'responseType' failed to satisfy constraint: Member must satisfy enum value set: [REQUEST_TOO_LARGE, RESOURCE_NOT_FOUND, AUTHORIZER_CONFIGURATION_ERROR, MISSING_AUTHENTICATION_TOKEN, BAD_REQUEST_BODY, INVALID_SIGNATURE, INVALID_API_KEY, BAD_REQUEST_PARAMETERS, AUTHORIZER_FAILURE, UNAUTHORIZED, INTEGRATION_TIMEOUT, ACCESS_DENIED, DEFAULT_4XX, DEFAULT_5XX, WAF_FILTERED, QUOTA_EXCEEDED, THROTTLED, API_CONFIGURATION_ERROR, UNSUPPORTED_MEDIA_TYPE, INTEGRATION_FAILURE, EXPIRED_TOKEN]",
  )
})

test('authorizers', async () => {
  const created = await client.send(
    new CreateAuthorizerCommand({
      restApiId,
      name: 'mine',
      type: 'COGNITO_USER_POOLS',
      providerARNs: ['arn:aws:cognito-idp:us-east-1:111111111111:userpool/us-east-1_abc'],
      identitySource: 'method.request.header.Authorization',
    }),
  )
  expect(created).toMatchObject({ $metadata: { httpStatusCode: 201 }, authType: 'cognito_user_pools' })
  const id = { restApiId, authorizerId: created.id }
  const patchOperations = [{ op: 'replace' as const, path: '/authorizerResultTtlInSeconds', value: '0' }]
  const updated = await client.send(new UpdateAuthorizerCommand({ ...id, patchOperations }))
  expect(updated.authorizerResultTtlInSeconds).toBe(0)
  expect((await client.send(new GetAuthorizersCommand({ restApiId }))).items).toHaveLength(1)
  expect(await statusOf(client.send(new DeleteAuthorizerCommand(id)))).toBe(202)
  expect(await refusalOf(client.send(new DeleteAuthorizerCommand(id)))).toBeInstanceOf(NotFoundException)
})

test('documentation', async () => {
  const part = await client.send(
    new CreateDocumentationPartCommand({ restApiId, location: { type: 'API' }, properties: '{"a":1}' }),
  )
  expect(part).toMatchObject({ $metadata: { httpStatusCode: 201 }, location: { type: 'API' } })
  const document = {
    'x-amazon-apigateway-documentation': {
      documentationParts: [{ location: { type: 'RESOURCE', path: '/pets' }, properties: { b: 1 } }],
    },
  }
  const imported = await client.send(
    new ImportDocumentationPartsCommand({
      restApiId,
      body: bytes(document),
      mode: 'merge',
      failOnWarnings: true,
    }),
  )
  expect(imported.ids).toHaveLength(1)
  const found = await client.send(
    new GetDocumentationPartsCommand({
      restApiId,
      type: 'RESOURCE',
      path: '/pets',
      locationStatus: 'DOCUMENTED',
    }),
  )
  expect(found.items).toEqual([
    { id: imported.ids?.[0], location: { type: 'RESOURCE', path: '/pets' }, properties: '{"b":1}' },
  ])
  const version = { restApiId, documentationVersion: 'v1' }
  const created = await client.send(new CreateDocumentationVersionCommand({ ...version, description: 'd' }))
  expect(created.createdDate).toBeInstanceOf(Date)
  expect((await client.send(new GetDocumentationVersionsCommand({ restApiId }))).items).toMatchObject([
    { version: 'v1', description: 'd' },
  ])
  expect(await statusOf(client.send(new DeleteDocumentationVersionCommand(version)))).toBe(202)
  const gone = new DeleteDocumentationPartCommand({ restApiId, documentationPartId: part.id })
  expect(await statusOf(client.send(gone))).toBe(202)
  const wrong = new CreateDocumentationPartCommand({
    restApiId,
    location: { type: 'INVALID' as never },
    properties: '{}',
  })
  expect((await refusalOf(client.send(wrong))).message).toBe(
    "1 validation error detected: Value 'INVALID' at 'createDocumentationPartInput.location.type' failed to satisfy constraint: Member must satisfy enum value set: [RESPONSE_BODY, RESPONSE, METHOD, MODEL, AUTHORIZER, RESPONSE_HEADER, RESOURCE, PATH_PARAMETER, REQUEST_BODY, QUERY_PARAMETER, API, REQUEST_HEADER]",
  )
})

test('domain names, mappings, associations and their tags', async () => {
  const certificateArn = 'arn:aws:acm:us-east-1:111111111111:certificate/c'
  const domainName = '*.example.com'
  const made = await client.send(
    new CreateDomainNameCommand({
      domainName,
      certificateArn,
      endpointConfiguration: { types: ['PRIVATE'] },
      policy: '{"Statement":[]}',
      tags: { a: 'b' },
    }),
  )
  expect(made.certificateUploadDate).toBeInstanceOf(Date)
  expect(made.policy).toBe('{"Statement":[]}')
  const id = { domainName, domainNameId: made.domainNameId }
  expect(await client.send(new GetDomainNameCommand(id))).toMatchObject({ domainNameStatus: 'AVAILABLE' })

  const mapped = await client.send(new CreateBasePathMappingCommand({ ...id, restApiId }))
  expect(mapped).toMatchObject({ $metadata: { httpStatusCode: 201 }, basePath: '(none)' })
  const mapping = { ...id, basePath: '(none)' }
  expect((await client.send(new GetBasePathMappingCommand(mapping))).restApiId).toBe(restApiId)
  expect(await statusOf(client.send(new DeleteBasePathMappingCommand(mapping)))).toBe(202)

  const domainNameArn = made.domainNameArn ?? ''
  const associate = new CreateDomainNameAccessAssociationCommand({
    domainNameArn,
    accessAssociationSourceType: 'VPCE',
    accessAssociationSource: 'vpce-abcd1234efg',
  })
  const { domainNameAccessAssociationArn } = await client.send(associate)
  const association = { domainNameAccessAssociationArn }
  const listed = await client.send(new GetDomainNameAccessAssociationsCommand({ resourceOwner: 'SELF' }))
  expect(listed.items).toMatchObject([association])
  const reject = new RejectDomainNameAccessAssociationCommand({ ...association, domainNameArn })
  expect(await statusOf(client.send(reject))).toBe(202)
  await client.send(associate)

  for (const resourceArn of [domainNameArn, domainNameAccessAssociationArn ?? '']) {
    await client.send(new TagResourceCommand({ resourceArn, tags: { c: 'd' } }))
    expect((await client.send(new GetTagsCommand({ resourceArn }))).tags).toMatchObject({ c: 'd' })
  }
  expect(await statusOf(client.send(new DeleteDomainNameAccessAssociationCommand(association)))).toBe(202)
  expect(await statusOf(client.send(new DeleteDomainNameCommand(id)))).toBe(202)
})

test('model templates and SDK types', async () => {
  await client.send(
    new CreateModelCommand({
      restApiId,
      name: 'Result',
      contentType: 'application/json',
      schema: '{"properties":{"a":{"type":"number"}}}',
    }),
  )
  const { value } = await client.send(new GetModelTemplateCommand({ restApiId, modelName: 'Result' }))
  expect(value).toBe('#set($inputRoot = $input.path(\'$\'))\n{\n  "a" : 3.1415\n}')
  expect((await client.send(new GetSdkTypesCommand({}))).items).toHaveLength(8)
})

test('canaries and caches of a stage', async () => {
  const api = await client.send(
    new ImportRestApiCommand({
      body: bytes({
        openapi: '3.0.1',
        info: { title: 'canary', version: '1' },
        paths: { '/': { get: { responses: {}, 'x-amazon-apigateway-integration': { type: 'mock' } } } },
      }),
    }),
  )
  const stage = { restApiId: api.id, stageName: 'dev' }
  await client.send(new CreateDeploymentCommand(stage))
  const canarySettings = { percentTraffic: 12.5, stageVariableOverrides: { v: 'x' } }
  const { id } = await client.send(new CreateDeploymentCommand({ ...stage, canarySettings }))
  expect((await client.send(new GetStageCommand(stage))).canarySettings).toEqual({
    ...canarySettings,
    deploymentId: id,
    useStageCache: false,
  })
  const promoted = await client.send(
    new UpdateStageCommand({
      ...stage,
      patchOperations: [
        { op: 'copy', from: '/canarySettings/deploymentId', path: '/deploymentId' },
        { op: 'copy', from: '/canarySettings/stageVariableOverrides', path: '/variables' },
        { op: 'remove', path: '/canarySettings' },
      ],
    }),
  )
  expect(promoted).toMatchObject({ deploymentId: id, variables: { v: 'x' } })
  expect(promoted.canarySettings).toBeUndefined()
  expect(await statusOf(client.send(new FlushStageCacheCommand(stage)))).toBe(202)
  expect(await statusOf(client.send(new FlushStageAuthorizersCacheCommand(stage)))).toBe(202)
})
