import type { Handlers } from '#aws/call.ts'
import { AwsError } from '#aws/error.ts'
import type { StsOperations } from '#aws/tables/sts.ts'
import { compileDocument } from '#companions/iam/policy-document.ts'
import { timeKeys } from '#languages/policy/caller.ts'
import { requestContext } from '#languages/policy/request.ts'
import { beginSession, findRole } from './role-session.ts'
import type { StsContext } from './sts-context.ts'
import type { WebIdentity } from './web-identities.ts'

/** Credentials of a role for whom an OpenID Connect provider vouches: nobody signs the call, the token is what counts. */
export function webIdentityOperation(context: StsContext): Handlers<StsOperations> {
  return {
    async AssumeRoleWithWebIdentity(input) {
      const { RoleArn, RoleSessionName } = input
      const identity = await verified(context, input.WebIdentityToken)
      const role = await findRole(context, RoleArn)
      const { provider, issuer, subject, audience, claims, tags = {} } = identity
      const trust = role && compileDocument(role.record.trust, 'trust')
      const conditions = requestContext({
        ...Object.fromEntries(Object.entries(claims).map(([claim, value]) => [`${issuer}:${claim}`, value])),
        [`${issuer}:sub`]: subject,
        [`${issuer}:aud`]: audience,
        ...timeKeys(context.clock.now()),
        'aws:FederatedProvider': provider,
        'sts:RoleSessionName': RoleSessionName,
        'aws:TagKeys': Object.keys(tags),
        ...Object.fromEntries(Object.entries(tags).map(([key, value]) => [`aws:RequestTag/${key}`, value])),
      })
      const isTrusted = (action: string): boolean =>
        trust?.({ principal: { federated: provider }, action, resource: RoleArn, context: conditions })
          .decision === 'allow'
      const mayTag = Object.keys(tags).length === 0 || isTrusted('sts:TagSession')
      if (role === undefined || !isTrusted('sts:AssumeRoleWithWebIdentity') || !mayTag) {
        throw new AwsError('AccessDenied', 'Not authorized to perform sts:AssumeRoleWithWebIdentity', 403)
      }
      const begun = await beginSession(context, role, input, { tags, federated: provider })
      return { ...begun, SubjectFromWebIdentityToken: subject, Audience: audience, Provider: provider }
    },
  }
}

async function verified({ webIdentities }: StsContext, token: string): Promise<WebIdentity> {
  if (webIdentities === undefined) {
    throw new AwsError('InvalidIdentityToken', 'No OpenIDConnect provider found in your account', 400)
  }
  const identity = await webIdentities.verify(token)
  if (identity === 'expired') throw new AwsError('ExpiredTokenException', 'Token expired', 400)
  if (identity === 'invalid') {
    throw new AwsError('InvalidIdentityToken', "Couldn't verify the token that was passed", 400)
  }
  return identity
}
