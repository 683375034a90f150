import type { AwsService } from '#aws/call.ts'
import { defineService } from '#aws/define-service.ts'
import type { StsOperations } from '#aws/tables/sts.ts'

/** Security Token Service: tells callers who they are. Clients ask it for the account before anything else. */
export function createStsService(): AwsService {
  return defineService<StsOperations>('sts', {
    GetCallerIdentity: (_input, { principal }) => ({
      UserId: principal.userId,
      Account: principal.account,
      Arn: principal.arn,
    }),
  })
}
