import type { Caller } from '#base/caller.ts'
import type { Handlers } from '#aws/call.ts'
import type { AssumeRoleRequest, StsOperations } from '#aws/tables/sts.ts'
import { policySet } from '#companions/iam/authorize-call.ts'
import { rootCaller } from '#companions/iam/callers.ts'
import { compileDocument } from '#companions/iam/policy-document.ts'
import type { Tags } from '#companions/iam/records.ts'
import { authorize, type PolicySet } from '#languages/policy/authorize.ts'
import { callerKeys, principalOf, timeKeys } from '#languages/policy/caller.ts'
import { requestContext } from '#languages/policy/request.ts'
import { chainedSessionSecondsMax } from './limits.ts'
import { beginSession, findRole, sessionTags } from './role-session.ts'
import { accessDenied, type StsContext } from './sts-context.ts'

/** Credentials of a role, for those whom its trust policy names and whose own policies let them. */
export function assumeRoleOperation(context: StsContext): Handlers<StsOperations> {
  return {
    async AssumeRole(input, { principal }) {
      const caller = principal.caller ?? rootCaller(principal.account, principal.accessKeyId)
      const { RoleArn } = input
      // IAM User Guide, "AWS account root user": it cannot take roles.
      if (caller.type === 'Account' && principal.caller !== undefined) {
        throw accessDenied(
          caller.arn,
          'sts:AssumeRole',
          RoleArn,
          ': roles may not be assumed by root accounts.',
        )
      }
      const tags = sessionTags(input.Tags)
      const role = await findRole(context, RoleArn)
      if (role === undefined) throw accessDenied(caller.arn, 'sts:AssumeRole', RoleArn)
      const sourceIdentity = input.SourceIdentity ?? caller.sourceIdentity
      // IAM User Guide, "Monitor and control actions taken with assumed roles": once set, it stays through all sessions.
      if (caller.sourceIdentity !== undefined && sourceIdentity !== caller.sourceIdentity) {
        throw accessDenied(caller.arn, 'sts:SetSourceIdentity', RoleArn)
      }
      const asked = { ...input, SourceIdentity: sourceIdentity }
      checkTrust(context, caller, role.record.trust, role.account, asked, tags)
      const begun = await beginSession(context, role, input, {
        tags,
        sourceIdentity,
        secondsMax: caller.type === 'AssumedRole' ? chainedSessionSecondsMax : undefined,
      })
      return { ...begun, SourceIdentity: sourceIdentity }
    },
  }
}

function checkTrust(
  { clock }: StsContext,
  caller: Caller,
  trustDocument: string,
  roleAccount: string,
  input: AssumeRoleRequest,
  tags: Tags,
): void {
  const trust = compileDocument(trustDocument, 'trust')
  const policies: PolicySet = { ...policySet(caller), resource: trust }
  const context = requestContext({
    ...callerKeys(caller),
    ...timeKeys(clock.now()),
    'sts:ExternalId': input.ExternalId,
    'sts:RoleSessionName': input.RoleSessionName,
    'sts:SourceIdentity': input.SourceIdentity,
    'sts:TransitiveTagKeys': input.TransitiveTagKeys,
    'aws:TagKeys': Object.keys(tags),
    ...Object.fromEntries(Object.entries(tags).map(([key, value]) => [`aws:RequestTag/${key}`, value])),
  })
  const actions = [
    'sts:AssumeRole',
    ...(Object.keys(tags).length === 0 ? [] : ['sts:TagSession']),
    ...(input.SourceIdentity === undefined ? [] : ['sts:SetSourceIdentity']),
  ]
  for (const action of actions) {
    const request = { principal: principalOf(caller), action, resource: input.RoleArn, context }
    // Unlike other resources a role must itself name whom it trusts, in its own account too.
    const trusted = trust(request).decision === 'allow'
    if (!trusted || authorize(policies, request, roleAccount).decision !== 'allow') {
      throw accessDenied(caller.arn, action, input.RoleArn)
    }
  }
}
