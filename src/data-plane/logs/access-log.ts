import type { Observer } from '#data-plane/plan.ts'
import type { ContextVariables } from '#data-plane/context-variables.ts'
import { compileLogFormat, type LogReader } from '#languages/log-format/compile.ts'
import { accessLogReader, type AnsweredExchange } from './access-log-variables.ts'
import type { LogSink } from './log-sink.ts'

/**
 * Writes a line of each request that an API has answered, in the format of its stage; only what that names is computed.
 * A request that the client left is told with what was sent.
 * @param variables of the kind of API
 * @param constants variables that are the same for every request of the stage
 */
export function compileAccessLog(
  format: string,
  variables: ContextVariables,
  constants: Readonly<Record<string, string>>,
  sink: LogSink,
): Observer {
  const entry = compileLogFormat<AnsweredExchange>(
    format.replace(/[\r\n]+$/, ''),
    (name): LogReader<AnsweredExchange> | undefined => {
      if (!Object.hasOwn(constants, name)) return accessLogReader(name, variables)
      const value = constants[name]
      return () => value
    },
  )
  return (exchange, reply, sent) => sink.write(`${entry({ exchange, reply, sent })}\n`)
}

/** Formats by name, as the developer guide gives them: "Set up CloudWatch logging for REST APIs in API Gateway". */
export const namedFormats: Readonly<Record<string, string>> = {
  clf:
    '$context.identity.sourceIp $context.identity.caller $context.identity.user [$context.requestTime] ' +
    '"$context.httpMethod $context.resourcePath $context.protocol" $context.status $context.responseLength ' +
    '$context.requestId',
  json:
    '{"requestId":"$context.requestId","extendedRequestId":"$context.extendedRequestId",' +
    '"requestTime":"$context.requestTime","ip":"$context.identity.sourceIp","apiId":"$context.apiId",' +
    '"stage":"$context.stage","httpMethod":"$context.httpMethod","path":"$context.path",' +
    '"resourcePath":"$context.resourcePath","protocol":"$context.protocol","status":$context.status,' +
    '"responseLength":$context.responseLength,"responseLatency":$context.responseLatency,' +
    '"integrationLatency":$context.integrationLatency,"integrationStatus":$context.integrationStatus,' +
    '"errorType":"$context.error.responseType","error":"$context.error.message"}',
}
