import type { AwsService } from '#aws/call.ts'
import { defineService } from '#aws/define-service.ts'
import { AwsError } from '#aws/error.ts'
import type { StsOperations } from '#aws/tables/sts.ts'
import { accountOfAccessKey } from '#companions/iam/identifiers.ts'
import type { SessionOwner } from '#companions/iam/session-tokens.ts'
import { assumeRoleOperation } from './assume-role.ts'
import { rootSessionSecondsMax, sessionTokenSecondsDefault } from './limits.ts'
import { newCredentials, type StsContext } from './sts-context.ts'
import { webIdentityOperation } from './web-identity.ts'

/** Security Token Service: tells callers who they are, and gives credentials that expire. */
export function createStsService(context: StsContext): AwsService {
  return defineService<StsOperations>('sts', {
    ...assumeRoleOperation(context),
    ...webIdentityOperation(context),

    GetCallerIdentity: (_input, { principal }) => ({
      UserId: principal.userId,
      Account: principal.account,
      Arn: principal.arn,
    }),

    GetSessionToken({ DurationSeconds }, { principal }) {
      const { account, caller } = principal
      if (caller?.issuedMs !== undefined) {
        throw new AwsError('AccessDenied', 'Cannot call GetSessionToken with session credentials', 403)
      }
      const isUser = caller?.type === 'User'
      const of: SessionOwner = isUser
        ? { kind: 'user', name: caller.userName ?? '', id: caller.userId }
        : { kind: 'root' }
      // Longer sessions of the root are cut to an hour (STS API reference, GetSessionToken).
      const secondsMax = isUser ? Infinity : rootSessionSecondsMax
      const seconds = Math.min(DurationSeconds ?? sessionTokenSecondsDefault, secondsMax)
      return { Credentials: newCredentials(context, account, of, seconds) }
    },

    GetAccessKeyInfo({ AccessKeyId }) {
      const Account = accountOfAccessKey(AccessKeyId)
      if (Account === undefined) {
        throw new AwsError('ValidationError', `${AccessKeyId} is not a valid access key id.`, 400)
      }
      return { Account }
    },
  })
}
