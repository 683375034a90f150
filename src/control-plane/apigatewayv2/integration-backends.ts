import { serviceActions } from '#aws/service-actions.ts'
import { diagnose } from '#languages/expressions/error.ts'
import { compileHttpValue } from '#languages/parameter-mapping/http-mapping.ts'
import type { ApiIntegration, ApiIntegrationType } from '#model/http-api.ts'
import { badRequest } from '../apigateway/errors.ts'
import { own } from '../apigateway/find.ts'
import { refuse } from './checks.ts'

/** Backends of WebSocket APIs, by type. */
export const messageBackends: Readonly<Record<ApiIntegrationType, (integration: ApiIntegration) => void>> = {
  MOCK: () => {},
  HTTP: checkUrlBackend,
  HTTP_PROXY: checkUrlBackend,
  AWS: ({ integrationUri = '' }) => {
    if (!/^arn:[\w-]+:apigateway:[^:]*:[^:]+:(?:path|action)\/./s.test(integrationUri)) {
      throw badRequest('AWS ARN for integration must contain path or action')
    }
  },
  AWS_PROXY: checkFunction,
}

/** The function by its own ARN, or by the one under which API Gateway invokes it. */
const functionUri =
  /^arn:[\w-]+:(?:lambda:[^:]+:[^:]+:function:.+|apigateway:[^:]+:lambda:path\/\d{4}-\d\d-\d\d\/functions\/.+\/invocations)$/s

export function checkFunction({
  integrationUri = '',
  connectionType,
  tlsConfig,
  integrationMethod,
}: ApiIntegration): void {
  if (!functionUri.test(integrationUri)) {
    throw badRequest(`Invalid function ARN or invalid uri: ${integrationUri}`)
  }
  if (connectionType === 'VPC_LINK') {
    throw badRequest('Integrations of type AWS_PROXY have no VPC link: expected connectionType INTERNET')
  }
  if (tlsConfig !== undefined) throw badRequest(tlsOutsideVpc)
  if (integrationMethod === undefined) throw badRequest('HttpMethod must be specified')
}

const tlsOutsideVpc = 'tlsConfig is of private integrations: expected connectionType VPC_LINK'

/** A load balancer's listener, or a service of Cloud Map with the attributes that its instances must have. */
const privateUri =
  /^arn:[\w-]+:(?:elasticloadbalancing:[^:]+:\d{12}:listener\/.+|servicediscovery:[^:]+:\d{12}:service\/.+)$/

/** HTTP APIs: a URL, or what is behind a VPC link. */
export function checkHttpBackend(integration: ApiIntegration): void {
  const { integrationUri = '', connectionType, tlsConfig } = integration
  if (connectionType === 'INTERNET') {
    if (tlsConfig !== undefined) throw badRequest(tlsOutsideVpc)
    checkUrlBackend(integration)
    return
  }
  if (!privateUri.test(integrationUri)) {
    throw badRequest(
      `Invalid integrationUri specified: ${integrationUri}. Expected the ARN of a load balancer's listener or of a Cloud Map service behind the VPC link`,
    )
  }
  if (integration.integrationMethod === undefined) throw badRequest('HttpMethod must be specified')
}

function checkUrlBackend({ integrationUri = '', integrationMethod }: ApiIntegration): void {
  if (!/^https?:\/\/[^/?#\s]/i.test(integrationUri))
    throw badRequest('Invalid HTTP endpoint specified for URI')
  if (integrationMethod === undefined) throw badRequest('HttpMethod must be specified')
}

/** An action of an AWS service: no URI, but parameters. */
export function checkServiceAction(integration: ApiIntegration, subtype: string): void {
  const action = own(serviceActions, subtype)
  const { integrationType, integrationUri, integrationMethod, credentialsArn, connectionType } = integration
  if (action === undefined || integrationType !== 'AWS_PROXY') {
    throw badRequest(
      `Invalid IntegrationSubtype specified: ${subtype} of type ${integrationType}. Integrations of type AWS_PROXY have one of [${Object.keys(serviceActions).join(', ')}]`,
    )
  }
  if (integrationUri !== undefined || integrationMethod !== undefined || connectionType !== 'INTERNET') {
    throw badRequest(
      `An integration with ${subtype} has neither integrationUri nor integrationMethod nor VPC link`,
    )
  }
  if (credentialsArn === undefined) throw badRequest(`CredentialsArn is a required parameter for ${subtype}`)
  const given = integration.requestParameters ?? {}
  for (const [name, { required }] of Object.entries(action.parameters)) {
    if (required && own(given, name) === undefined) {
      throw badRequest(`${name} is a required request parameter of ${subtype}`)
    }
  }
  const known = Object.keys(action.parameters)
  for (const [name, text] of Object.entries(given)) {
    if (!known.includes(name)) {
      throw badRequest(
        `Invalid request parameter of ${subtype}: ${name}. Must be one of [${known.join(', ')}]`,
      )
    }
    refuse(
      name,
      text,
      diagnose(text, (value) => compileHttpValue(value, 'request')),
    )
  }
}
