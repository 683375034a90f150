import type { Handlers } from '#aws/call.ts'
import { AwsError } from '#aws/error.ts'
import type { StsOperations } from '#aws/tables/sts.ts'
import { compileDocument } from '#companions/iam/policy-document.ts'
import { timeKeys } from '#languages/policy/caller.ts'
import { requestContext } from '#languages/policy/request.ts'
import {
  accountOfRole,
  beginSession,
  findRole,
  type BegunSession,
  type SessionRequest,
} from './role-session.ts'
import type { StsContext } from './sts-context.ts'
import type { WebIdentity, WebIdentityFault } from './web-identities.ts'

/** Credentials of a role for whom an OpenID Connect provider vouches: nobody signs the call, the token is what counts. */
export function webIdentityOperation(context: StsContext): Handlers<StsOperations> {
  return {
    async AssumeRoleWithWebIdentity(input) {
      const identity = await context.webIdentities?.verify(
        input.WebIdentityToken,
        accountOfRole(input.RoleArn),
      )
      if (identity === undefined || typeof identity === 'string') throw FAULTS[identity ?? 'stranger']()
      const begun = await takeRole(context, identity, input)
      if (begun === undefined) {
        throw new AwsError('AccessDenied', 'Not authorized to perform sts:AssumeRoleWithWebIdentity', 403)
      }
      const { subject, audience, provider } = identity
      return {
        ...begun,
        SubjectFromWebIdentityToken: subject,
        Audience: audience,
        Provider: provider,
      }
    },
  }
}

const invalidToken = (message: string) => (): AwsError => new AwsError('InvalidIdentityToken', message, 400)

/** STS API reference, AssumeRoleWithWebIdentity, "Errors". */
const FAULTS: Readonly<Record<WebIdentityFault, () => AwsError>> = {
  invalid: invalidToken("Couldn't verify the token that was passed"),
  stranger: invalidToken('No OpenIDConnect provider found in your account for the issuer of the token'),
  audience: invalidToken('Incorrect token audience'),
  expired: () => new AwsError('ExpiredTokenException', 'Token expired', 400),
  unavailable: () =>
    new AwsError(
      'IDPCommunicationError',
      "Couldn't retrieve verification key from your identity provider, please reference AssumeRoleWithWebIdentity documentation for requirements",
      400,
    ),
}

/**
 * A session of a role for whoever was found to be behind a token.
 * @returns undefined where there is no such role, or it does not trust the identity
 * @throws AwsError for what is asked of the session
 */
export async function takeRole(
  context: StsContext,
  identity: WebIdentity,
  request: SessionRequest & { readonly RoleArn: string },
): Promise<BegunSession | undefined> {
  const { RoleArn, RoleSessionName } = request
  const role = await findRole(context, RoleArn)
  if (role === undefined) return undefined
  const { provider, issuer, subject, audience, claims, tags = {} } = identity
  const trust = compileDocument(role.record.trust, 'trust')
  const federatedKeys = {
    ...Object.fromEntries(Object.entries(claims).map(([claim, value]) => [`${issuer}:${claim}`, value])),
    [`${issuer}:sub`]: subject,
    [`${issuer}:aud`]: audience,
  }
  const conditions = requestContext({
    ...federatedKeys,
    ...timeKeys(context.clock.now()),
    'aws:FederatedProvider': provider,
    'sts:RoleSessionName': RoleSessionName,
    'aws:TagKeys': Object.keys(tags),
    ...Object.fromEntries(Object.entries(tags).map(([key, value]) => [`aws:RequestTag/${key}`, value])),
  })
  const isTrusted = (action: string): boolean =>
    trust({ principal: { federated: provider }, action, resource: RoleArn, context: conditions }).decision ===
    'allow'
  const mayTag = Object.keys(tags).length === 0 || isTrusted('sts:TagSession')
  if (!isTrusted('sts:AssumeRoleWithWebIdentity') || !mayTag) return undefined
  return beginSession(context, role, request, { tags, federated: provider, federatedKeys })
}
