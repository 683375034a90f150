import type { AuthorizerGrant, CallerIdentity } from '#data-plane/caller.ts'
import type { CompiledHttpRoute } from '#data-plane/http-route-definition.ts'
import { areCallers } from '#data-plane/integrations/integration-credentials.ts'
import { routeArn, routedApiArnOf } from '#data-plane/method-arn.ts'
import type { Step } from '#data-plane/plan.ts'
import { signedStep } from './iam.ts'

/**
 * Callers of an HTTP API sign as those of a REST API do; there is no resource policy. Developer guide, "Using IAM
 * authorization".
 */
export function routeIamAuthorization({
  snapshot,
  limits,
  integration,
  stageVariables,
}: CompiledHttpRoute): Step {
  const apiArn = routedApiArnOf(snapshot)
  return signedStep({
    resourceOf: (exchange) => routeArn(apiArn, exchange),
    bodyBytesMax: limits.requestBodyBytesMax,
    passesCaller: areCallers(integration?.credentialsArn, stageVariables),
    admitted: (exchange) => {
      exchange.authorizer = new SignedGrant(exchange.identity ?? {})
    },
  })
}

/** Who signed, as events of payload format 2.0 show it; those of 1.0 have it in `requestContext.identity`. */
class SignedGrant implements AuthorizerGrant {
  readonly #identity: CallerIdentity

  constructor(identity: CallerIdentity) {
    this.#identity = identity
  }

  /** Only events ask for it. Members in the order of AWS's. */
  get shown(): AuthorizerGrant['shown'] {
    const { accessKey, accountId, caller, principalOrgId, userArn, user } = this.#identity
    const iam = {
      accessKey,
      accountId,
      callerId: caller,
      cognitoIdentity: cognitoIdentityOf(this.#identity) ?? null,
      principalOrgId: principalOrgId ?? null,
      userArn,
      userId: user,
    }
    return { '2.0': JSON.stringify({ iam }) }
  }
}

/** `amr` is how the identity was authenticated: its type, then its providers. */
function cognitoIdentityOf({
  cognitoIdentityId,
  cognitoIdentityPoolId,
  cognitoAuthenticationType,
  cognitoAuthenticationProvider,
}: CallerIdentity): object | undefined {
  if (cognitoIdentityId === undefined) return undefined
  const amr = [cognitoAuthenticationType, ...(cognitoAuthenticationProvider?.split(',') ?? [])]
  return {
    amr: amr.filter((one) => one !== undefined),
    identityId: cognitoIdentityId,
    identityPoolId: cognitoIdentityPoolId ?? null,
  }
}
