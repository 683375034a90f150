import { defaultMethodSetting } from '#control-plane/apigateway/method-settings.ts'
import type {
  Authorizer,
  GatewayResponse,
  Integration,
  IntegrationResponse,
  Method,
  MethodSetting,
  RequestValidator,
  Resource,
  RestApi,
  Stage,
} from '#model/rest-api.ts'
import type { RestApiSnapshot } from '#model/snapshot.ts'

/** A REST API written short: paths, methods, what differs from the defaults. */
export interface ApiDefinition {
  /** Path → method → what the method is. */
  readonly paths: Readonly<Record<string, Readonly<Record<string, MethodDefinition>>>>
  readonly api?: Partial<RestApi>
  readonly variables?: Readonly<Record<string, string>>
  /** What of the stage differs. */
  readonly stage?: Partial<Stage>
  /** Of the stage, by `{path}/{METHOD}` as AWS writes it. */
  readonly methodSettings?: Readonly<Record<string, Partial<MethodSetting>>>
  readonly requestValidators?: readonly RequestValidator[]
  /** Name → schema. */
  readonly models?: Readonly<Record<string, object>>
  readonly authorizers?: readonly (Partial<Authorizer> & { readonly id: string })[]
  readonly gatewayResponses?: readonly (Partial<GatewayResponse> & { readonly responseType: string })[]
}

export interface MethodDefinition extends Partial<Omit<Method, 'integration'>> {
  readonly integration?: IntegrationDefinition
}

export type IntegrationDefinition = Partial<Omit<Integration, 'integrationResponses'>> & {
  readonly type: Integration['type']
  /** Status → what differs from an empty response. */
  readonly integrationResponses?: Readonly<Record<string, Partial<IntegrationResponse>>>
}

export const ACCOUNT = '123456789012'
export const REGION = 'us-east-1'
export const STAGE = 'prod'

/** A stage and the snapshot that it serves. */
export function define(id: string, definition: ApiDefinition): { snapshot: RestApiSnapshot; stage: Stage } {
  const resources = resourcesOf(definition.paths)
  return {
    snapshot: {
      protocol: 'REST',
      account: ACCOUNT,
      region: REGION,
      deploymentId: 'dep001',
      api: {
        id,
        name: id,
        createdDate: 0,
        apiKeySource: 'HEADER',
        endpointConfiguration: { types: ['REGIONAL'], ipAddressType: 'ipv4' },
        disableExecuteApiEndpoint: false,
        rootResourceId: 'root000000',
        ...definition.api,
      },
      resources,
      models: Object.entries(definition.models ?? {}).map(([name, schema]) => ({
        id: name,
        name,
        contentType: 'application/json',
        schema: JSON.stringify(schema),
      })),
      requestValidators: definition.requestValidators ?? [],
      gatewayResponses: (definition.gatewayResponses ?? []).map((response) => ({
        responseParameters: {},
        responseTemplates: {},
        ...response,
      })),
      authorizers: (definition.authorizers ?? []).map((authorizer) => ({
        name: authorizer.id,
        type: 'TOKEN',
        identitySource: 'method.request.header.Authorization',
        ...authorizer,
      })),
    },
    stage: {
      stageName: STAGE,
      deploymentId: 'dep001',
      variables: definition.variables,
      methodSettings: Object.fromEntries(
        Object.entries(definition.methodSettings ?? {}).map(([key, setting]) => [
          key,
          { ...defaultMethodSetting, ...setting },
        ]),
      ),
      cacheClusterEnabled: false,
      tracingEnabled: false,
      createdDate: 0,
      lastUpdatedDate: 0,
      ...definition.stage,
    },
  }
}

/** The tree with every resource on the way, as API Gateway stores it; ids are `r` and a number. */
function resourcesOf(paths: ApiDefinition['paths']): Resource[] {
  const all = new Set(['/'])
  for (const path of Object.keys(paths)) {
    const parts = path.split('/').filter((part) => part !== '')
    for (let i = 1; i <= parts.length; i++) all.add(`/${parts.slice(0, i).join('/')}`)
  }
  const ids = new Map([...all].map((path, at) => [path, path === '/' ? 'root000000' : `r${at}`]))
  return [...all].map((path) => ({
    id: ids.get(path) as string,
    parentId: path === '/' ? undefined : ids.get(path.slice(0, path.lastIndexOf('/')) || '/'),
    pathPart: path === '/' ? undefined : path.slice(path.lastIndexOf('/') + 1),
    path,
    methods: Object.fromEntries(
      Object.entries(paths[path] ?? {}).map(([verb, method]) => [verb, methodOf(verb, method)]),
    ),
  }))
}

function methodOf(httpMethod: string, { integration, ...method }: MethodDefinition): Method {
  return {
    httpMethod,
    authorizationType: 'NONE',
    apiKeyRequired: false,
    methodResponses: {},
    ...method,
    integration: integration === undefined ? undefined : integrationOf(integration),
  }
}

function integrationOf({ integrationResponses = {}, ...integration }: IntegrationDefinition): Integration {
  return {
    passthroughBehavior: 'WHEN_NO_MATCH',
    timeoutInMillis: 29_000,
    cacheNamespace: 'none',
    cacheKeyParameters: [],
    ...integration,
    integrationResponses: Object.fromEntries(
      Object.entries(integrationResponses).map(([statusCode, response]) => [
        statusCode,
        { statusCode, ...response },
      ]),
    ),
  }
}

/** AWS_PROXY to the function of that name. */
export function lambdaProxy(
  name: string,
  integration: Partial<IntegrationDefinition> = {},
): IntegrationDefinition {
  return { type: 'AWS_PROXY', httpMethod: 'POST', uri: functionUri(name), ...integration }
}

export function functionUri(name: string): string {
  return `arn:aws:apigateway:${REGION}:lambda:path/2015-03-31/functions/${functionArn(name)}/invocations`
}

/** AWS_PROXY whose answers are streamed. */
export function lambdaStream(
  name: string,
  integration: Partial<IntegrationDefinition> = {},
): IntegrationDefinition {
  return {
    type: 'AWS_PROXY',
    httpMethod: 'POST',
    uri: `arn:aws:apigateway:${REGION}:lambda:path/2021-11-15/functions/${functionArn(name)}/response-streaming-invocations`,
    responseTransferMode: 'STREAM',
    ...integration,
  }
}

export function functionArn(name: string): string {
  return `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${name}`
}

/** MOCK that answers 200 with `body`. */
export function mock(body: string, integration: Partial<IntegrationDefinition> = {}): IntegrationDefinition {
  return {
    type: 'MOCK',
    requestTemplates: { 'application/json': '{"statusCode": 200}' },
    integrationResponses: { 200: { responseTemplates: { 'application/json': body } } },
    ...integration,
  }
}
