import { DefinitionError, type IntegrationDefinition } from '#data-plane/route-definition.ts'
import { withStageVariables } from '#data-plane/uri-template.ts'

const ROLE = /^arn:[\w-]+:iam::\d{12}:role\/[\w+=,.@/-]+$/
const CALLER = /^arn:[\w-]+:iam::\*:user\/\*$/

/**
 * The role that an integration calls its backend as, stage variables replaced; undefined: it names none.
 * API reference, "PutIntegration", credentials.
 * @throws DefinitionError
 */
export function integrationRole({ integration, stageVariables }: IntegrationDefinition): string | undefined {
  const { credentials } = integration
  if (credentials === undefined || credentials === '') return undefined
  const arn = withStageVariables(credentials, stageVariables)
  if (ROLE.test(arn)) return arn
  throw new DefinitionError(
    CALLER.test(arn)
      ? `credentials ${arn}: calls with the caller's own credentials are not supported; name a role`
      : `invalid integration credentials ${JSON.stringify(arn)}: expected arn:aws:iam::{account}:role/{name}`,
    'integration/credentials',
  )
}
