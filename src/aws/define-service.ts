import type { AwsService, Handlers, OperationTypes, StreamHandlers } from './call.ts'

/**
 * A service to mount: `defineService<ApiGatewayOperations>('apigateway', { CreateRestApi: … })`. Handlers of names that
 * the map does not have, or with answers of another shape, do not type-check.
 * @param table name of the generated table
 */
export function defineService<Operations extends { [name in keyof Operations]: OperationTypes }>(
  table: string,
  handlers: Handlers<Operations>,
  streams: StreamHandlers = {},
): AwsService {
  return { table, handlers: handlers as AwsService['handlers'], streams }
}
