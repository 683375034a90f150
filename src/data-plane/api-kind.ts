import type { HttpReply, HttpRequest } from '#http/message.ts'
import type { GatewayResponseType } from '#model/gateway-response.ts'
import type { ContextVariables } from './context-variables.ts'
import type { Exchange } from './exchange.ts'
import type { ExplainRouting } from './explain/explain-routing.ts'

/** What APIs of one kind do, whatever their owner wrote. */
export interface ApiKind {
  readonly protocol: 'REST' | 'HTTP' | 'WEBSOCKET'
  /** `$context.requestId` of one request. */
  newRequestId(): string
  /** The method that routes are looked for with. */
  methodOf(request: HttpRequest): string
  /** The answer where no stage is at the address that was asked. */
  nothingThere(): HttpReply
  /** The error of a request that no route is for. */
  readonly unrouted: GatewayResponseType
  readonly contextVariables: ContextVariables
  readonly explainRouting: ExplainRouting
  /** What an exchange asks for, as policies name it below the stage; undefined: `{METHOD}{path}`. */
  readonly placeOf?: (exchange: Exchange) => string
  /** What an execution log tells first of an exchange; undefined: its method and path. */
  readonly logOpening?: (exchange: Exchange, dataTrace: boolean) => readonly string[]
  /** The event of a REQUEST authorizer, as JSON text; undefined: REST APIs'. */
  readonly authorizerEvent?: (exchange: Exchange, methodArn: string) => string
}
