import type { SignatureError, SignatureFailure, SignedTexts } from '#aws/signature-error.ts'
import { GatewayError } from '#data-plane/gateway-error.ts'
import type { GatewayResponseType } from '#model/gateway-response.ts'

/** Which gateway response a refused signature gets, and under which name. */
const answers: Readonly<Record<SignatureFailure, readonly [type: GatewayResponseType, errorType?: string]>> =
  {
    missing: ['MISSING_AUTHENTICATION_TOKEN'],
    incomplete: ['INVALID_SIGNATURE', 'IncompleteSignatureException'],
    'unknown-key': ['INVALID_SIGNATURE', 'UnrecognizedClientException'],
    'expired-token': ['EXPIRED_TOKEN'],
    mismatch: ['INVALID_SIGNATURE'],
  }

export function signatureRefusal({ failure, message, expected }: SignatureError): GatewayError {
  const [type, errorType] = answers[failure]
  return new GatewayError(type, {
    message: expected === undefined ? message : `${message}\n\n${shown(expected)}`,
    reason: message,
    ...(errorType === undefined ? {} : { errorType }),
  })
}

/** As AWS tells what it expected; what else lets somebody in is left out, because errors are logged. */
function shown({ canonicalRequest, stringToSign }: SignedTexts): string {
  const safe = canonicalRequest
    .replace(/^(x-amz-security-token|cookie|authorization|x-api-key):.*$/gm, '$1:***')
    .replace(/(X-Amz-Security-Token=)[^&\n]*/g, '$1***')
  return `The Canonical String for this request should have been\n'${safe}'\n\nThe String-to-Sign should have been\n'${stringToSign}'\n`
}
