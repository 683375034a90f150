import type { ApiGatewayV2Operations } from '#aws/tables/apigatewayv2.ts'
import { checkHttpMappings } from '#languages/parameter-mapping/http-mapping.ts'
import type { Api, ApiIntegration, ApiIntegrationType, ProtocolType } from '#model/http-api.ts'
import { routedTimeoutMs, type RoutedTimeouts } from '#model/quotas.ts'
import { badRequest } from '../apigateway/errors.ts'
import {
  checkMessageMappings,
  checkCredentialsArn,
  checkSelectionMember,
  checkText,
  checkUnsupported,
  refuse,
} from './checks.ts'
import {
  checkFunction,
  checkHttpBackend,
  checkServiceAction,
  messageBackends,
} from './integration-backends.ts'
import { givenMap, givenText } from './merge.ts'

const descriptionCharactersMax = 1024
/** Towards the backend; `ANY` passes the method of the client. */
const methods = ['ANY', 'GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']

/** What an owner says of an integration, by CreateIntegration, by quick create or in a document. */
export type IntegrationInput = Omit<ApiGatewayV2Operations['CreateIntegration']['input'], 'ApiId'>

/** The integration with the defaults that AWS adds, checked. @throws BadRequestException */
export function newIntegration(
  api: Api,
  integrationId: string,
  input: IntegrationInput,
  timeouts: RoutedTimeouts,
): ApiIntegration {
  const { protocolType } = api
  const isWebSocket = protocolType === 'WEBSOCKET'
  const type = input.IntegrationType
  const subtype = givenText(input.IntegrationSubtype)
  const payloadFormatVersion = givenText(input.PayloadFormatVersion) ?? (isWebSocket ? '1.0' : undefined)
  const integration: ApiIntegration = {
    integrationId,
    integrationType: type,
    integrationSubtype: subtype,
    integrationMethod:
      givenText(input.IntegrationMethod) ?? (subtype === undefined ? defaultMethods[type] : undefined),
    integrationUri: givenText(input.IntegrationUri),
    connectionType: input.ConnectionType ?? 'INTERNET',
    connectionId: givenText(input.ConnectionId),
    credentialsArn: givenText(input.CredentialsArn),
    description: givenText(input.Description),
    payloadFormatVersion: payloadFormatVersion as ApiIntegration['payloadFormatVersion'],
    timeoutInMillis: input.TimeoutInMillis ?? routedTimeoutMs[protocolType].max,
    requestParameters: givenMap(input.RequestParameters),
    responseParameters: givenMap(input.ResponseParameters),
    tlsConfig: tlsConfigOf(input.TlsConfig),
    contentHandlingStrategy: input.ContentHandlingStrategy,
    // Terraform sends it for HTTP APIs, too, and expects to be shown none.
    passthroughBehavior: isWebSocket ? (input.PassthroughBehavior ?? 'WHEN_NO_MATCH') : undefined,
    requestTemplates: givenMap(input.RequestTemplates),
    templateSelectionExpression: givenText(input.TemplateSelectionExpression),
    integrationResponses: {},
  }
  return checkedIntegration(api, integration, timeouts)
}

export function tlsConfigOf(input: IntegrationInput['TlsConfig']): ApiIntegration['tlsConfig'] {
  const serverNameToVerify = givenText(input?.ServerNameToVerify)
  return serverNameToVerify === undefined ? undefined : { serverNameToVerify }
}

/** Functions are invoked by POST, whatever the client sent. */
const defaultMethods: Readonly<Partial<Record<ApiIntegrationType, string>>> = {
  AWS: 'POST',
  AWS_PROXY: 'POST',
}

/** What chooses among responses is nobody's to say: it follows from the type (seen in Terraform's tests on AWS). */
const responseSelections: Readonly<Partial<Record<ApiIntegrationType, string>>> = {
  AWS: '${integration.response.body.errorMessage}',
  HTTP: '${integration.response.statuscode}',
  MOCK: '${integration.response.statuscode}',
}

/** Also sets what follows from the type. @throws BadRequestException */
export function checkedIntegration(
  api: Api,
  integration: ApiIntegration,
  timeouts: RoutedTimeouts,
): ApiIntegration {
  const { protocolType } = api
  checkText('description', integration.description, descriptionCharactersMax)
  checkCredentialsArn(integration.credentialsArn)
  const { min, max } = timeouts[protocolType]
  const timeoutMs = integration.timeoutInMillis
  if (!Number.isInteger(timeoutMs) || timeoutMs < min || timeoutMs > max) {
    throw badRequest(`Timeout should be between ${min} ms and ${max} ms`)
  }
  const { integrationMethod, connectionType, connectionId } = integration
  if (integrationMethod !== undefined && !methods.includes(integrationMethod)) {
    throw badRequest(`Invalid HttpMethod specified. Valid options are ${methods.join(',')}`)
  }
  if ((connectionType === 'VPC_LINK') !== (connectionId !== undefined)) {
    throw badRequest(
      connectionType === 'VPC_LINK'
        ? 'connectionId must be specified when connectionType is VPC_LINK'
        : 'connectionId is the id of a VPC link: expected connectionType VPC_LINK beside it',
    )
  }
  protocols[protocolType](integration)
  return {
    ...integration,
    integrationResponseSelectionExpression: responseSelections[integration.integrationType],
  }
}

const protocols: Readonly<Record<ProtocolType, (integration: ApiIntegration) => void>> = {
  HTTP: (integration) => {
    const { integrationType, payloadFormatVersion, responseParameters, integrationSubtype } = integration
    if (integrationType !== 'AWS_PROXY' && integrationType !== 'HTTP_PROXY') {
      // Seen on AWS: aws/aws-cli#6363.
      throw badRequest(
        'Currently, an API with a protocol type of HTTP may only be associated with proxy integrations (AWS_PROXY, HTTP_PROXY)',
      )
    }
    const { contentHandlingStrategy, requestTemplates, templateSelectionExpression } = integration
    checkUnsupported('HTTP', { contentHandlingStrategy, requestTemplates, templateSelectionExpression })
    // Seen on AWS: localstack/localstack#9184.
    if (payloadFormatVersion === undefined) {
      throw badRequest('PayloadFormatVersion is a required parameter for integration')
    }
    const versions =
      integrationType === 'AWS_PROXY' && integrationSubtype === undefined ? ['1.0', '2.0'] : ['1.0']
    checkPayloadVersion(payloadFormatVersion, versions)
    if (integrationSubtype !== undefined) checkServiceAction(integration, integrationSubtype)
    else {
      refuse('requestParameters', '', checkHttpMappings(integration.requestParameters ?? {}, 'request'))
      if (integrationType === 'AWS_PROXY') checkFunction(integration)
      else checkHttpBackend(integration)
    }
    for (const [status, mappings] of Object.entries(responseParameters ?? {})) {
      if (!/^[2-5]\d\d$/.test(status)) {
        throw badRequest(
          `Invalid responseParameters specified: ${status}. Expected a status code from 200 to 599`,
        )
      }
      refuse('responseParameters', status, checkHttpMappings(mappings, 'response'))
    }
  },
  WEBSOCKET: (integration) => {
    const { integrationSubtype, responseParameters, tlsConfig, payloadFormatVersion = '1.0' } = integration
    checkUnsupported('WEBSOCKET', { integrationSubtype, responseParameters, tlsConfig })
    checkPayloadVersion(payloadFormatVersion, ['1.0'])
    checkMessageMappings(integration.requestParameters)
    checkSelectionMember(
      'templateSelectionExpression',
      integration.templateSelectionExpression,
      'requestTemplate',
    )
    messageBackends[integration.integrationType](integration)
  },
}

function checkPayloadVersion(version: string, allowed: readonly string[]): void {
  if (allowed.includes(version)) return
  // Recorded on AWS, where a document said so.
  throw badRequest(`Unsupported PayloadFormatVersion: ${version}`)
}
