import type { Caller } from '#base/caller.ts'
import type { CallerIdentity } from '#data-plane/caller.ts'

const PROVIDER = 'cognito-identity.amazonaws.com'

type CognitoIdentity = Pick<
  CallerIdentity,
  | 'cognitoAuthenticationProvider'
  | 'cognitoAuthenticationType'
  | 'cognitoIdentityId'
  | 'cognitoIdentityPoolId'
>

/**
 * What `$context.identity` says of who came through an identity pool. Developer guide, "API Gateway mapping template and
 * access logging variable reference"; the providers are those of `amr`, such as
 * `cognito-idp.us-east-1.amazonaws.com/us-east-1_AbC,cognito-idp.us-east-1.amazonaws.com/us-east-1_AbC:CognitoSignIn:{sub}`.
 */
export function cognitoIdentityOf({
  federated,
  federatedKeys = {},
}: Omit<Caller, 'policies'>): CognitoIdentity | undefined {
  if (federated !== PROVIDER) return undefined
  const [type, ...providers] = [federatedKeys[`${PROVIDER}:amr`] ?? []].flat()
  return {
    cognitoAuthenticationProvider: providers.length === 0 ? undefined : providers.join(','),
    cognitoAuthenticationType: type,
    cognitoIdentityId: textOf(federatedKeys[`${PROVIDER}:sub`]),
    cognitoIdentityPoolId: textOf(federatedKeys[`${PROVIDER}:aud`]),
  }
}

function textOf(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined
}
