import { sha256Hex } from '#aws/canonical-request.ts'
import {
  ActionValueError,
  REGION_PARAMETER,
  serviceActions,
  type ActionRequest,
  type ServiceAction,
} from '#aws/service-actions.ts'
import { sign } from '#aws/sigv4.ts'
import { utf8Bytes, utf8Text } from '#base/utf8.ts'
import { WholeBody } from '#http/body.ts'
import type { HttpClientResponse } from '#http/client.ts'
import { Headers } from '#http/headers.ts'
import type { Exchange } from '#data-plane/exchange.ts'
import { GatewayError, integrationError } from '#data-plane/gateway-error.ts'
import type { ApiIntegrationDefinition } from '#data-plane/http-route-definition.ts'
import { credentialsOf, keysOfCaller } from '#data-plane/integrations/integration-credentials.ts'
import { accessOf, endpointOf, keysOf } from '#data-plane/integrations/service-access.ts'
import { DefinitionError, type CompiledIntegration } from '#data-plane/route-definition.ts'
import { compileHttpValue } from '#languages/parameter-mapping/http-mapping.ts'
import type { Reader } from '#languages/expressions/variables.ts'
import { notAnswered } from './backend-failure.ts'
import { compileBackendResponse } from './backend-response.ts'
import { compiledValue } from './compiled-value.ts'
import { requestScope } from './mapping-scope.ts'
import { compileSend } from './send.ts'

const NOTHING = new Uint8Array(0)

/**
 * AWS_PROXY with a subtype: an action of an AWS service, called with what the request gives its parameters. Developer
 * guide, "Working with AWS service integrations for HTTP APIs".
 */
export function compileServiceAction(definition: ApiIntegrationDefinition): CompiledIntegration {
  const { integration, snapshot, stageVariables, route, timeoutMs, traffic } = definition
  const { account, region, api } = snapshot
  const action = actionOf(integration.integrationSubtype ?? '')
  const valuesOf = compileValues(definition, action)
  const { roleArn, ofCaller } = credentialsOf({
    credentials: integration.credentialsArn,
    stageVariables,
    authorizationType: route.authorizationType,
    where: 'integration/credentialsArn',
  })
  const caller = { account, roleArn }
  // Only requests that are not signed can be copied, or sent to another host.
  const policies = traffic && { ...traffic, mirror: undefined, targets: undefined }
  const send = compileSend({ ...definition, traffic: policies })
  const { leavesOutCors, responseOf } = compileBackendResponse(definition)

  async function call(
    exchange: Exchange,
    asked: ActionRequest,
    wantedRegion: string | undefined,
  ): Promise<HttpClientResponse> {
    const access = accessOf(exchange)
    const endpoint = endpointOf(access, action.service, wantedRegion ?? region)
    const body = utf8Bytes(asked.body)
    const { method } = asked
    const target = `${endpoint.pathPrefix}${asked.target}`
    const headers = new Headers([
      'Host',
      endpoint.host,
      'User-Agent',
      `AmazonAPIGateway_${api.apiId}`,
      ...asked.headers,
      'X-Amz-Content-Sha256',
      sha256Hex(body),
      'X-Amzn-Trace-Id',
      exchange.traceId,
    ])
    const keys = ofCaller ? keysOfCaller(exchange) : await keysOf(access, endpoint, caller, timeoutMs)
    const scope = { region: endpoint.signingRegion, service: endpoint.signingName }
    sign({ method, target, headers, body }, keys, scope, exchange.services.clock.now())
    return send(exchange, {
      origin: endpoint.origin,
      method,
      target,
      headers,
      body: new WholeBody(body),
      timeoutMs,
      // A client that has gone away needs no answer: the service is told by a connection that ends.
      onCancel: (listener) => exchange.onLeft(listener),
    })
  }

  return {
    readsBody: true,
    leavesOutCors,
    invoke: async (exchange) => {
      const { asked, region: wantedRegion } = valuesOf(exchange)
      let answered: HttpClientResponse
      try {
        answered = await call(exchange, asked, wantedRegion)
      } catch (error) {
        return notAnswered(error)
      }
      const { status, headers } = answered
      if (status >= 300) {
        // Recorded on AWS: what a service refuses is 500, whatever its own status.
        exchange.integrationResponse = { status, headers, body: NOTHING, selection: String(status) }
        throw integrationError(500, await refusalOf(answered))
      }
      exchange.response = responseOf(answered)
    },
  }
}

/** @throws DefinitionError */
function actionOf(subtype: string): ServiceAction {
  const action = Object.hasOwn(serviceActions, subtype) ? serviceActions[subtype] : undefined
  if (action !== undefined) return action
  throw new DefinitionError(
    `integration subtype ${JSON.stringify(subtype)}: expected ${Object.keys(serviceActions).join(', ')}`,
    'integration/integrationSubtype',
  )
}

interface Parameter {
  readonly name: string
  /** As it is written. */
  readonly source: string
  readonly value: Reader
}

interface Resolved {
  readonly asked: ActionRequest
  /** Undefined: the API's. */
  readonly region: string | undefined
}

/** A region is a piece of a host name. */
const REGION_NAME = /^[a-z]{2,}(?:-[a-z]+)+-\d$/

/** What the action is asked with. @throws DefinitionError */
function compileValues(
  { integration }: ApiIntegrationDefinition,
  action: ServiceAction,
): (exchange: Exchange) => Resolved {
  const where = 'integration/requestParameters'
  const given = Object.entries(integration.requestParameters ?? {}).filter(([, source]) => source !== '')
  const known = Object.keys(action.parameters)
  const parameters = given.map(([name, source]): Parameter => {
    if (!known.includes(name)) {
      throw new DefinitionError(
        `${JSON.stringify(name)} is no parameter of ${integration.integrationSubtype}: expected ${known.join(', ')}`,
        `${where}/${name}`,
      )
    }
    const { evaluate } = compiledValue(`${where}/${name}`, () => compileHttpValue(source, 'request'))
    return { name, source, value: evaluate }
  })
  const missing = known.filter(
    (name) => action.parameters[name]?.required === true && !given.some(([each]) => each === name),
  )
  if (missing.length > 0) {
    throw new DefinitionError(`${integration.integrationSubtype} needs ${missing.join(', ')}`, where)
  }
  return (exchange) => {
    const scope = requestScope(exchange)
    const values = new Map<string, string>()
    for (const { name, source, value } of parameters) {
      const text = value(scope)
      // Recorded on AWS: of optional parameters, too, and of values that are empty.
      if (text === undefined || text === '') {
        throw badRequest(`Unable to resolve property ${name} from source ${source}`)
      }
      values.set(name, text)
    }
    const region = values.get(REGION_PARAMETER)
    if (region !== undefined && !REGION_NAME.test(region))
      throw badRequest(`Region: found ${JSON.stringify(region)}, expected a name such as us-east-1`)
    try {
      return { asked: action.encode(values), region }
    } catch (error) {
      throw error instanceof ActionValueError ? badRequest(error.message, error) : error
    }
  }
}

function badRequest(reason: string, cause?: unknown): GatewayError {
  return new GatewayError('BAD_REQUEST_PARAMETERS', { reason, cause })
}

/** What of a refusal is read. */
const REFUSAL_BYTES_MAX = 64 * 1024

/** What the service says of it. */
async function refusalOf({ status, body }: HttpClientResponse): Promise<string> {
  try {
    const text = utf8Text(await body.bytes(REFUSAL_BYTES_MAX))
    const said = text.startsWith('{') ? messageOf(JSON.parse(text)) : /<Message>([^<]*)</.exec(text)?.[1]
    if (said !== undefined) return said
  } catch {
    // Too long, cut off or no JSON: its status says enough.
  }
  return `the service answered ${status}`
}

/** Services differ in how they spell it. */
function messageOf({ message, Message }: { message?: unknown; Message?: unknown }): string | undefined {
  const said = message ?? Message
  return typeof said === 'string' ? said : undefined
}
