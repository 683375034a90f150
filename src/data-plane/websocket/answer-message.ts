import { emptyBody, WholeBody } from '#http/body.ts'
import { Headers } from '#http/headers.ts'
import type { Exchange } from '#data-plane/exchange.ts'
import type { Step } from '#data-plane/plan.ts'
import { acceptConnection } from './accept-connection.ts'
import type { CompiledWebSocketRoute } from './route-definition.ts'

/** The last step of every route. */
export function endEvent({ eventType, isTwoWay }: CompiledWebSocketRoute): Step {
  if (eventType === 'CONNECT') return acceptConnection
  return isTwoWay ? answerMessage : endSilently
}

/** Developer guide, "Set up route responses for WebSocket APIs". */
function answerMessage(exchange: Exchange): void | Promise<void> {
  const { response } = exchange
  if (response === undefined) return endSilently(exchange)
  const { status, headers, body } = response
  const bytes = body.bytes(Infinity)
  if (bytes instanceof Uint8Array) exchange.reply = { status, headers, body: new WholeBody(bytes) }
  else {
    return bytes.then((whole) => {
      exchange.reply = { status, headers, body: new WholeBody(whole) }
    })
  }
}

/** The status is for logs. */
function endSilently(exchange: Exchange): void {
  const status = exchange.response?.status ?? exchange.integrationResponse?.status ?? 200
  exchange.reply = { status, headers: NO_HEADERS, body: emptyBody }
}

const NO_HEADERS = new Headers()
