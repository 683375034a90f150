import type { IntegrationDefinition, MethodDefinition } from '#data-plane/route-definition.ts'
import type { ApiAuthorizer, ApiIntegration, Route } from '#model/http-api.ts'
import type { Authorizer, Integration, Method, RequestValidator } from '#model/rest-api.ts'
import type { RestApiSnapshot, RoutedApiSnapshot } from '#model/snapshot.ts'
import { BINARY_TYPE } from './event-request.ts'
import type { WebSocketIntegrationDefinition, WebSocketRouteDefinition } from './route-definition.ts'

/**
 * A route of a WebSocket API as the method of a REST API that does the same, so that what calls backends and what asks who
 * may come in is one code for both. A route's key stands where a method has verb and path: `{stage}/{routeKey}`.
 */
export function asMethod(definition: WebSocketRouteDefinition): MethodDefinition {
  const { snapshot, stage, route, stageVariables, limits, vpcLinks, clientTls, warn, warnOfApi } = definition
  return {
    snapshot: asRestApi(snapshot),
    stage: {
      stageName: stage.stageName,
      deploymentId: snapshot.deploymentId,
      cacheClusterEnabled: false,
      methodSettings: {},
      tracingEnabled: false,
      createdDate: stage.createdDate,
      lastUpdatedDate: stage.lastUpdatedDate,
    },
    resource: { id: route.routeId, path: route.routeKey, methods: {} },
    method: methodOf(route, definition.integration),
    stageVariables,
    limits,
    vpcLinks,
    clientTls,
    isBinary: (type) => type === BINARY_TYPE,
    warn,
    warnOfApi,
  }
}

/** The same of its integration, without what maps: WebSocket APIs choose templates and responses in their own way. */
export function asMethodIntegration(definition: WebSocketIntegrationDefinition): IntegrationDefinition {
  return {
    ...asMethod(definition),
    integration: integrationOf(definition.integration),
    timeoutMs: definition.timeoutMs,
  }
}

function methodOf(
  { authorizationType, authorizerId, apiKeyRequired, operationName, requestParameters = {} }: Route,
  integration: ApiIntegration | undefined,
): Method {
  return {
    httpMethod: '',
    authorizationType,
    authorizerId,
    apiKeyRequired,
    operationName,
    requestValidatorId: PARAMETERS.id,
    requestParameters: Object.fromEntries(
      Object.entries(requestParameters).map(([key, { required = false }]) => [methodsOwn(key), required]),
    ),
    methodResponses: {},
    integration: integration && integrationOf(integration),
  }
}

function integrationOf(integration: ApiIntegration): Integration {
  const { integrationType, integrationMethod, integrationUri, requestParameters = {} } = integration
  return {
    type: integrationType,
    // What a message is sent with when nothing was said; a function is invoked with nothing else.
    httpMethod: integrationMethod ?? 'POST',
    uri: integrationUri,
    connectionType: integration.connectionType,
    connectionId: integration.connectionId,
    credentials: integration.credentialsArn,
    requestParameters: Object.fromEntries(
      Object.entries(requestParameters).map(([key, text]) => [key, methodsOwn(text)]),
    ),
    passthroughBehavior: integration.passthroughBehavior ?? 'WHEN_NO_MATCH',
    contentHandling: integration.contentHandlingStrategy,
    timeoutInMillis: integration.timeoutInMillis,
    cacheNamespace: '',
    cacheKeyParameters: [],
    integrationResponses: {},
  }
}

/** Parameters that are required are looked for; bodies have models of their own. */
const PARAMETERS: RequestValidator = {
  id: 'parameters',
  name: 'parameters',
  validateRequestBody: false,
  validateRequestParameters: true,
}

function methodsOwn(text: string): string {
  return text.replace(/^route\.request\./, 'method.request.')
}

const restApis = new WeakMap<RoutedApiSnapshot, RestApiSnapshot>()

/** One object a snapshot: what is kept by it, models among it, is kept once. */
export function asRestApi(snapshot: RoutedApiSnapshot): RestApiSnapshot {
  const known = restApis.get(snapshot)
  if (known !== undefined) return known
  const { account, region, deploymentId, api, models, authorizers } = snapshot
  const made: RestApiSnapshot = {
    protocol: 'REST',
    account,
    region,
    deploymentId,
    api: {
      id: api.apiId,
      name: api.name,
      createdDate: api.createdDate,
      apiKeySource: api.apiKeySelectionExpression.includes('authorizer') ? 'AUTHORIZER' : 'HEADER',
      endpointConfiguration: { types: ['REGIONAL'], ipAddressType: api.ipAddressType },
      disableExecuteApiEndpoint: api.disableExecuteApiEndpoint,
      rootResourceId: '',
    },
    resources: [],
    models: models.map(({ modelId, name, schema, contentType = 'application/json' }) => ({
      id: modelId,
      name,
      schema,
      contentType,
    })),
    requestValidators: [PARAMETERS],
    gatewayResponses: [],
    authorizers: authorizers.map(authorizerOf),
  }
  restApis.set(snapshot, made)
  return made
}

/** Without its identity sources, which are looked at before; nothing it says is kept, for it is asked once a connection. */
function authorizerOf({
  authorizerId,
  name,
  authorizerUri,
  authorizerCredentialsArn,
}: ApiAuthorizer): Authorizer {
  return {
    id: authorizerId,
    name,
    type: 'REQUEST',
    authorizerUri,
    authorizerCredentials: authorizerCredentialsArn,
    authorizerResultTtlInSeconds: 0,
  }
}
