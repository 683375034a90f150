import type {
  ContentHandling,
  Integration,
  IntegrationType,
  Method,
  PassthroughBehavior,
} from '#model/rest-api.ts'
import { integrationTimeoutMsDefault, type IntegrationTimeouts } from '#model/quotas.ts'
import { badRequest } from './errors.ts'
import { checkHttpMethod } from './http-method.ts'
import { checkContentTypes, checkRequestMappings } from './mapping-check.ts'

/** What an owner says of an integration, by PutIntegration or in a document. */
export interface IntegrationInput {
  readonly type: IntegrationType
  /** Towards the backend. */
  readonly httpMethod?: string | undefined
  readonly uri?: string | undefined
  readonly connectionType?: Integration['connectionType']
  readonly connectionId?: string | undefined
  readonly credentials?: string | undefined
  readonly requestParameters?: Readonly<Record<string, string>> | undefined
  readonly requestTemplates?: Readonly<Record<string, string>> | undefined
  readonly passthroughBehavior?: string | undefined
  readonly contentHandling?: ContentHandling | undefined
  readonly timeoutInMillis?: number | undefined
  readonly cacheNamespace?: string | undefined
  readonly cacheKeyParameters?: readonly string[] | undefined
  readonly tlsConfig?: { readonly insecureSkipVerification?: boolean | undefined } | undefined
  readonly responseTransferMode?: Integration['responseTransferMode']
  readonly integrationTarget?: string | undefined
}

/**
 * The integration with the defaults that AWS adds, checked against the method it belongs to.
 * @param cacheNamespace where the input names none: the resource's id
 * @throws BadRequestException
 */
export function newIntegration(
  input: IntegrationInput,
  method: Method,
  cacheNamespace: string,
  timeouts: IntegrationTimeouts,
): Integration {
  const isHttp = input.type === 'HTTP' || input.type === 'HTTP_PROXY'
  const integration: Integration = {
    type: input.type,
    // What has no backend drops what is said of one (recorded on AWS).
    httpMethod: input.type === 'MOCK' || input.httpMethod === '' ? undefined : input.httpMethod,
    uri: input.type === 'MOCK' || input.uri === '' ? undefined : input.uri,
    // Clients send INTERNET for every type; AWS shows it for HTTP ones alone.
    connectionType:
      isHttp || input.connectionType === 'VPC_LINK' ? (input.connectionType ?? 'INTERNET') : undefined,
    connectionId: input.connectionId,
    credentials: input.credentials,
    requestParameters: input.requestParameters,
    requestTemplates: input.requestTemplates,
    passthroughBehavior: passthroughBehavior(input.passthroughBehavior),
    contentHandling: input.contentHandling,
    timeoutInMillis: input.timeoutInMillis ?? integrationTimeoutMsDefault,
    cacheNamespace: input.cacheNamespace ?? cacheNamespace,
    cacheKeyParameters: input.cacheKeyParameters ?? [],
    tlsConfig:
      input.tlsConfig === undefined
        ? undefined
        : { insecureSkipVerification: input.tlsConfig.insecureSkipVerification ?? false },
    responseTransferMode: input.responseTransferMode,
    integrationTarget: input.integrationTarget,
    integrationResponses: {},
  }
  checkIntegration(integration, method, timeouts)
  return integration
}

/** @throws BadRequestException */
export function checkIntegration(
  integration: Integration,
  method: Method,
  timeouts: IntegrationTimeouts,
): void {
  if (integration.type !== 'MOCK') {
    if (integration.httpMethod === undefined) {
      throw badRequest('Enumeration value for HttpMethod must be non-empty')
    }
    checkHttpMethod(integration.httpMethod)
  }
  uriChecks[integration.type](integration.uri ?? '')
  if (integration.connectionType === 'VPC_LINK' && !integration.connectionId) {
    throw badRequest('connectionId must be specified when connectionType is VPC_LINK')
  }
  const { min, max } = timeouts[integration.responseTransferMode ?? 'BUFFERED']
  const timeoutMs = integration.timeoutInMillis
  if (!Number.isInteger(timeoutMs) || timeoutMs < min || timeoutMs > max) {
    throw badRequest(`Timeout should be between ${min} ms and ${max} ms`)
  }
  checkRequestMappings(integration.requestParameters, method)
  checkContentTypes(integration.requestTemplates)
  for (const parameter of integration.cacheKeyParameters) {
    if (!/^(?:method|integration)\.request\.\w+\../.test(parameter)) {
      throw badRequest(`Invalid cache key parameter specified: ${parameter}`)
    }
  }
}

/** In any case, as OpenAPI documents have it. @throws BadRequestException */
export function passthroughBehavior(text: string | undefined): PassthroughBehavior {
  if (text === undefined || text === '') return 'WHEN_NO_MATCH'
  const behaviors: readonly PassthroughBehavior[] = ['WHEN_NO_MATCH', 'WHEN_NO_TEMPLATES', 'NEVER']
  const found = behaviors.find((behavior) => behavior === text.toUpperCase())
  if (found === undefined) {
    throw badRequest(`Invalid PassthroughBehavior specified. Valid options are ${behaviors.join(',')}`)
  }
  return found
}

/** `arn:{partition}:apigateway:{region}:{service}:{path|action}/…` */
const SERVICE_ARN = /^arn:[\w-]+:apigateway:[\w${}.-]+:([^:]+):(.*)$/s
/** Any ARN at all: the refusal of those of other services is another one (recorded on AWS). */
const ARN = /^arn:[\w-]+:[^:]+:[^:]*:[^:]*:./s
const LAMBDA_PATH = /^path\/\d{4}-\d\d-\d\d\/functions\/./s

const uriChecks: Readonly<Record<IntegrationType, (uri: string) => void>> = {
  MOCK: () => {},
  HTTP: checkHttpUri,
  HTTP_PROXY: checkHttpUri,
  AWS: (uri) => void checkedServiceArn(uri),
  AWS_PROXY: (uri) => {
    const { service, resource } = checkedServiceArn(uri)
    const isFunction = service === 'lambda' && LAMBDA_PATH.test(resource)
    // Streams are reached by actions alone (recorded on AWS).
    const isStream = service === 'firehose' && resource.startsWith('action/')
    if (!isFunction && !isStream) {
      throw badRequest(
        "Integrations of type 'AWS_PROXY' currently only supports Lambda function and Firehose stream invocations.",
      )
    }
  },
}

function checkHttpUri(uri: string): void {
  if (!/^https?:\/\/[^/?#\s]/i.test(uri)) throw badRequest('Invalid HTTP endpoint specified for URI')
}

function checkedServiceArn(uri: string): { service: string; resource: string } {
  if (!ARN.test(uri)) throw badRequest('Invalid ARN specified in the request')
  const [, service = '', resource = ''] = SERVICE_ARN.exec(uri) ?? []
  if (!/^(?:path|action)\//.test(resource)) {
    throw badRequest('AWS ARN for integration must contain path or action')
  }
  return { service, resource }
}
