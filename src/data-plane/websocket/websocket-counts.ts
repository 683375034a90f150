import type { Exchange } from '#data-plane/exchange.ts'

/**
 * What AWS's metrics of WebSocket APIs count, of all APIs of this process. Developer guide, "Monitoring WebSocket API
 * execution with CloudWatch metrics".
 */
export class WebSocketCounts {
  /** ConnectCount: handshakes that reached `$connect`. */
  connects = 0
  /** MessageCount: messages from clients. */
  messages = 0
  /** IntegrationError: answers of integrations that were 4xx or 5xx. */
  integrationErrors = 0
  /** ClientError: 4xx that the gateway answered before the integration was asked. */
  clientErrors = 0
  /** ExecutionError: what failed on the way to an integration or back. */
  executionErrors = 0

  /** @param status of the answer */
  ended({ error, response, integrationResponse }: Exchange, status: number): void {
    if (error !== undefined) {
      if (status < 500) this.clientErrors++
      else this.executionErrors++
      return
    }
    if ((response?.status ?? integrationResponse?.status ?? 200) >= 400) this.integrationErrors++
  }
}
