import { readClaim } from '#aws/signature-claim.ts'
import { SignatureError } from '#aws/signature-error.ts'
import { signatureRefusal } from '#data-plane/authorizers/signature-refusal.ts'
import { signedStep } from '#data-plane/authorizers/iam.ts'
import type { Exchange } from '#data-plane/exchange.ts'
import { GatewayError } from '#data-plane/gateway-error.ts'
import type { Step } from '#data-plane/plan.ts'
import { readManagementPath } from './management-path.ts'

export const manageConnections = 'execute-api:ManageConnections'

/**
 * Management calls are signed, whatever the API's routes ask for. Developer guide, "Control access to WebSocket APIs
 * with AWS Identity and Access Management (IAM) authorization": `{apiArn}/{stage}/{METHOD}/@connections/{id}`.
 * @param apiArn `arn:aws:execute-api:{region}:{account}:{apiId}`
 */
export function managementAccess(apiArn: string, bodyBytesMax: number): Step {
  const signed = signedStep({
    action: manageConnections,
    resourceOf: (exchange) => `${apiArn}/${managementPlace(exchange)}`,
    bodyBytesMax,
    passesCaller: false,
  })
  return (exchange) =>
    exchange.services.management?.anySignature === true ? anySigned(exchange, signed) : signed(exchange)
}

function managementPlace({ plan: { stage }, method, address: { path } }: Exchange): string {
  const id = readManagementPath(path)?.connectionId
  return `${stage}/${method}/@connections${id === undefined ? '' : `/${id}`}`
}

/** A key that is known has an owner and a secret; any other one is as good as the next. */
function anySigned(exchange: Exchange, signed: Step): void | Promise<void> {
  const { request, services, startedAtMs } = exchange
  const claim = readClaimOf(exchange)
  // An address alone is no signature here: a web page elsewhere could have a form sent to it.
  if (claim === undefined || claim.presigned || !request.headers.has('authorization')) {
    throw new GatewayError('MISSING_AUTHENTICATION_TOKEN')
  }
  const known = services.callers?.find(claim.accessKeyId, claim.sessionToken, startedAtMs) ?? 'unknown'
  if (known instanceof Promise) {
    return known.then((found) => (found === 'unknown' ? undefined : signed(exchange)))
  }
  return known === 'unknown' ? undefined : signed(exchange)
}

function readClaimOf({ request }: Exchange): ReturnType<typeof readClaim> {
  try {
    return readClaim(request)
  } catch (error) {
    throw error instanceof SignatureError ? signatureRefusal(error) : error
  }
}
