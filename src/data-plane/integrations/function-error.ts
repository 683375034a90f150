import { utf8Text } from '#base/utf8.ts'
import { integrationError, type GatewayError } from '#data-plane/gateway-error.ts'

/** What a function that failed says of it: selection patterns are matched with it. */
export function functionErrorMessage(payload: Uint8Array): string {
  try {
    const error = JSON.parse(utf8Text(payload)) as { errorMessage?: unknown } | null
    return typeof error?.errorMessage === 'string' ? error.errorMessage : ''
  } catch {
    return ''
  }
}

/** The gateway's answer to a function that failed, in the words of AWS's execution log. */
export function functionError(payload: Uint8Array, requestId?: string): GatewayError {
  const told = requestId === undefined ? '' : `. Lambda request id: ${requestId}`
  return integrationError(
    502,
    `Lambda execution failed with status 200 due to customer function error: ${functionErrorMessage(payload)}${told}`,
  )
}
