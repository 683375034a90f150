import type { Exchange } from '#data-plane/exchange.ts'

/**
 * What AWS's metrics of WebSocket APIs count, of all APIs. Developer guide, "Monitoring WebSocket API execution with
 * CloudWatch metrics".
 */
export interface WebSocketTotals {
  /** ConnectCount: handshakes that reached `$connect`. */
  connects: number
  /** MessageCount: messages from clients. */
  messages: number
  /** IntegrationError: answers of integrations that were 4xx or 5xx. */
  integrationErrors: number
  /** ClientError: 4xx that the gateway answered before the integration was asked. */
  clientErrors: number
  /** ExecutionError: what failed on the way to an integration or back. */
  executionErrors: number
}

export function noTotals(): WebSocketTotals {
  return { connects: 0, messages: 0, integrationErrors: 0, clientErrors: 0, executionErrors: 0 }
}

/** Counts how an event ended. @param status of the answer */
export function countEnd(
  totals: WebSocketTotals,
  { error, response, integrationResponse }: Exchange,
  status: number,
): void {
  if (error !== undefined) {
    if (status < 500) totals.clientErrors++
    else totals.executionErrors++
    return
  }
  if ((response?.status ?? integrationResponse?.status ?? 200) >= 400) totals.integrationErrors++
}
