import { DefinitionError, type IntegrationDefinition } from '#data-plane/route-definition.ts'
import { withStageVariables } from '#model/stage-variables.ts'

/** `arn:{partition}:apigateway:{region}:{service}:{path|action}/{rest}`, the uri of integrations with AWS services. */
export interface ServiceUri {
  readonly region: string
  readonly service: string
  readonly kind: 'path' | 'action'
  readonly rest: string
}

/** The integration's uri, stage variables replaced. @throws DefinitionError */
export function parseServiceUri({ integration, stageVariables }: IntegrationDefinition): ServiceUri {
  return serviceUri(withStageVariables(integration.uri ?? '', stageVariables), 'integration/uri')
}

/**
 * @param uri stage variables already replaced
 * @param where what holds it, for messages
 * @throws DefinitionError
 */
export function serviceUri(uri: string, where: string): ServiceUri {
  const match = /^arn:[\w-]+:apigateway:([\w-]*):([\w.-]+):(path|action)\/(.+)$/.exec(uri)
  if (match === null) {
    throw new DefinitionError(
      `invalid ${where.replace('/', ' ')} ${JSON.stringify(uri)}: expected ` +
        'arn:aws:apigateway:{region}:{service}:{path|action}/…',
      where,
    )
  }
  const [, region = '', service = '', kind, rest = ''] = match
  return { region, service, kind: kind as 'path' | 'action', rest }
}

/** Whether a uri is that of Invoke, the action of Lambda that needs no signed request. */
export function isFunctionUri({ service, kind, rest }: ServiceUri): boolean {
  return service === 'lambda' && kind === 'path' && ACTIONS.invocations.test(rest)
}

/** How a uri says that a function is called: for its whole answer, or for one that is streamed. */
export type LambdaAction = 'invocations' | 'response-streaming-invocations'

/** Slashes may come before it (developer guide, "Set up an integration request"). */
const ACTIONS: Readonly<Record<LambdaAction, RegExp>> = {
  invocations: /^[/\s]*2015-03-31\/functions\/(.+)\/invocations$/,
  'response-streaming-invocations': /^[/\s]*2021-11-15\/functions\/(.+)\/response-streaming-invocations$/,
}

const EXPECTED: Readonly<Record<LambdaAction, string>> = {
  invocations: 'path/2015-03-31/functions/arn:aws:lambda:{region}:{account}:function:{name}/invocations',
  'response-streaming-invocations':
    'path/2021-11-15/functions/arn:aws:lambda:{region}:{account}:function:{name}/response-streaming-invocations ' +
    'with the response transfer mode STREAM',
}

/** The function that a Lambda uri names; undefined when the uri is not one of Lambda's. @throws DefinitionError */
export function functionArnOf(
  uri: ServiceUri,
  where: string = 'integration/uri',
  action: LambdaAction = 'invocations',
): string | undefined {
  if (uri.service !== 'lambda') return undefined
  const arn = ACTIONS[action].exec(uri.rest)?.[1]
  if (uri.kind !== 'path' || arn === undefined || !FUNCTION_ARN.test(arn)) {
    throw new DefinitionError(
      `invalid Lambda uri: found ${uri.kind}/${uri.rest}, expected ${EXPECTED[action]}`,
      where,
    )
  }
  return arn
}

const FUNCTION_ARN = /^arn:[\w-]+:lambda:[\w-]+:\d{12}:function:[\w-]+(?::[\w$-]+)?$/

/** Who calls, as a function's resource policy sees it: the method as it is defined (seen in logs of executions). */
export function invokeSourceArn({ snapshot, stage, method, resource }: IntegrationDefinition): string {
  const { region, account, api } = snapshot
  return `arn:aws:execute-api:${region}:${account}:${api.id}/${stage.stageName}/${method.httpMethod}${resource.path}`
}
