import { AwsError } from '#aws/error.ts'
import type { Credentials } from '#aws/tables/sts.ts'
import type { Clock } from '#base/clock.ts'
import { newAccessKeyId, newSecret } from '#companions/iam/identifiers.ts'
import type { SessionOwner, SessionTokens } from '#companions/iam/session-tokens.ts'
import type { Store } from '#store/store.ts'
import type { WebIdentities } from './web-identities.ts'

/** What STS works with. */
export interface StsContext {
  readonly store: Store
  readonly clock: Clock
  readonly tokens: SessionTokens
  /** Undefined: nobody vouches for web identities. */
  readonly webIdentities?: WebIdentities | undefined
}

export function newCredentials(
  { clock, tokens }: StsContext,
  account: string,
  of: SessionOwner,
  seconds: number,
): Credentials {
  const issuedMs = clock.now()
  // As it is told, which is in whole seconds.
  const expiresMs = Math.floor(issuedMs / 1000 + seconds) * 1000
  const accessKeyId = newAccessKeyId('ASIA', account)
  const secret = newSecret()
  return {
    AccessKeyId: accessKeyId,
    SecretAccessKey: secret,
    SessionToken: tokens.seal({ accessKeyId, secret, account, issuedMs, expiresMs, of }),
    Expiration: expiresMs,
  }
}

/** @param because ends the sentence, such as ` with an explicit deny`; may be empty */
export function accessDenied(arn: string, action: string, resource: string, because = ''): AwsError {
  return new AwsError(
    'AccessDenied',
    `User: ${arn} is not authorized to perform: ${action} on resource: ${resource}${because}`,
    403,
  )
}
