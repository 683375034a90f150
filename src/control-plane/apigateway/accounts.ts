import type { Handlers } from '#aws/call.ts'
import type { ApiGatewayOperations } from '#aws/tables/apigateway.ts'

/** Requests a second and the burst that AWS grants an account by default; they limit nothing here. */
const throttleSettings = { burstLimit: 5000, rateLimit: 10_000 }

export function accounts(): Handlers<ApiGatewayOperations> {
  return {
    GetAccount() {
      return { throttleSettings, features: ['UsagePlans'], apiKeyVersion: '4' }
    },
  }
}
