import type { AwsService } from '#aws/call.ts'
import { defineService } from '#aws/define-service.ts'
import type { IamOperations } from '#aws/tables/iam.ts'
import { accessKeyOperations } from './access-keys.ts'
import { accountOperations } from './account.ts'
import { groupOperations } from './groups.ts'
import { holderPolicyOperations } from './holder-policies.ts'
import type { IamContext } from './iam-context.ts'
import { managedPolicyOperations } from './managed-policies.ts'
import { oidcProviderOperations } from './oidc-providers.ts'
import { policyUseOperations } from './policy-uses.ts'
import { roleOperations } from './roles.ts'
import { simulationOperations } from './simulate.ts'
import { userOperations } from './users.ts'

/** Identity and Access Management: who there is, and what each may do. */
export function createIamService(given: IamContext): AwsService {
  // IAM's dates have no fraction.
  const clock = { now: () => Math.floor(given.clock.now() / 1000) * 1000 }
  const context: IamContext = { ...given, clock }
  return defineService<IamOperations>('iam', {
    ...userOperations(context),
    ...accessKeyOperations(context),
    ...groupOperations(context),
    ...roleOperations(context),
    ...managedPolicyOperations(context),
    ...policyUseOperations(context),
    ...holderPolicyOperations(context),
    ...simulationOperations(context),
    ...oidcProviderOperations(context),
    ...accountOperations(context),
  })
}
