import { utf8Bytes } from '#base/utf8.ts'
import type { MethodResponse } from '#data-plane/exchange.ts'
import type { ApiIntegrationDefinition } from '#data-plane/http-route-definition.ts'
import { credentialsOf } from '#data-plane/integrations/integration-credentials.ts'
import { compileCallFunction } from '#data-plane/integrations/invoke-function.ts'
import { functionArnOf, serviceUri } from '#data-plane/integrations/lambda-uri.ts'
import { DefinitionError, type CompiledIntegration } from '#data-plane/route-definition.ts'
import { withStageVariables } from '#model/stage-variables.ts'
import { eventRequest, mappedEventRequest } from './event-parts.ts'
import { compileEventV1 } from './event-v1.ts'
import { compileEventV2, type CompileEvent } from './event-v2.ts'
import { functionFailed, notInvoked } from './function-failure.ts'
import { readAnswerV1, readAnswerV2 } from './lambda-answer.ts'
import { compileRequestMappings } from './request-mappings.ts'
import { sendingOf } from './send.ts'
import { routeSourceArn } from './source-arn.ts'

interface PayloadFormat {
  readonly event: CompileEvent
  readonly read: (payload: Uint8Array) => MethodResponse
}

/** Developer guide, "Working with AWS Lambda proxy integrations for HTTP APIs". */
const formats: Readonly<Record<'1.0' | '2.0', PayloadFormat>> = {
  '1.0': { event: compileEventV1, read: readAnswerV1 },
  '2.0': { event: compileEventV2, read: readAnswerV2 },
}

/** AWS_PROXY: the request goes to a Lambda function as an event, its answer is the response. */
export function compileLambda(definition: ApiIntegrationDefinition): CompiledIntegration {
  const { integration, stageVariables, snapshot, timeoutMs, traffic } = definition
  const { functionArn, region } = functionOf(definition)
  // The API reference's default.
  const format = formats[integration.payloadFormatVersion ?? '1.0']
  const mappings = compileRequestMappings(definition)
  const event = format.event(definition, mappings === undefined ? eventRequest : mappedEventRequest(mappings))
  const call = compileCallFunction({
    functionArn,
    region,
    credentials: credentialsOf({
      credentials: integration.credentialsArn,
      stageVariables,
      authorizationType: definition.route.authorizationType,
      where: 'integration/credentialsArn',
    }),
    sourceArn: routeSourceArn(definition),
    sourceAccount: snapshot.account,
    timeoutMs,
    traffic,
    sending: traffic && sendingOf(definition, traffic),
  })
  return {
    readsBody: true,
    invoke: async (exchange) => {
      const result = await call(exchange, utf8Bytes(event(exchange)), 'RequestResponse').catch(notInvoked)
      if (result.functionError !== undefined) throw functionFailed(result.payload)
      exchange.response = format.read(result.payload)
    },
  }
}

const FUNCTION_ARN = /^arn:[\w-]+:lambda:([\w-]+):\d{12}:function:[\w-]+(?::[\w$-]+)?$/

/** By the function's own ARN, or in the form of REST APIs: `arn:aws:apigateway:{region}:lambda:path/…`. */
function functionOf({ integration, stageVariables }: ApiIntegrationDefinition): {
  readonly functionArn: string
  readonly region: string
} {
  const where = 'integration/integrationUri'
  const uri = withStageVariables(integration.integrationUri ?? '', stageVariables)
  const own = FUNCTION_ARN.exec(uri)
  if (own !== null) return { functionArn: uri, region: own[1] as string }
  const service = serviceUri(uri, where)
  const functionArn = functionArnOf(service, where)
  if (functionArn !== undefined) return { functionArn, region: service.region }
  throw new DefinitionError(`${uri} is no function: expected arn:aws:lambda:…:function:{name}`, where)
}
