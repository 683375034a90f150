import type { AwsAccess, Caller } from '#aws/access.ts'
import { CredentialsUnavailable } from '#aws/credentials/key-source.ts'
import { EndpointError, type ServiceEndpoint } from '#aws/service-endpoint.ts'
import type { SigningKeys } from '#aws/sigv4.ts'
import { withDeadline } from '#data-plane/deadline.ts'
import type { Exchange } from '#data-plane/exchange.ts'
import { configurationError, type GatewayError } from '#data-plane/gateway-error.ts'

/** The way to AWS services. @throws GatewayError where there is none */
export function accessOf({ services }: Exchange): AwsAccess {
  const access = services.ports.aws
  if (access === undefined) throw configurationError('this gateway has no way to AWS services')
  return access
}

/** @throws GatewayError when settings name none */
export function endpointOf(access: AwsAccess, service: string, region: string): ServiceEndpoint {
  try {
    return access.endpoint(service, region)
  } catch (error) {
    throw error instanceof EndpointError ? configurationError(error.message, error) : error
  }
}

/** Keys to sign a call with. @throws GatewayError when there are none, or not in time */
export async function keysOf(
  access: AwsAccess,
  endpoint: ServiceEndpoint,
  caller: Caller,
  timeoutMs: number,
): Promise<SigningKeys> {
  try {
    const keys = access.keys(endpoint, caller)
    return keys instanceof Promise ? await withDeadline(keys, timeoutMs) : keys
  } catch (error) {
    throw error instanceof CredentialsUnavailable ? noCredentials(error, caller.roleArn) : error
  }
}

/** The sentence is AWS's, of a role that it may not assume. */
function noCredentials(error: CredentialsUnavailable, roleArn: string | undefined): GatewayError {
  return roleArn === undefined
    ? configurationError(error.message, error)
    : configurationError(
        `API Gateway does not have permission to assume the provided role ${roleArn}: ${error.message}`,
        error,
      )
}
