import { integrationTimeout, streamsAnswers } from '#data-plane/integration-timeout.ts'
import type { DataPlaneLimits } from '#data-plane/limits.ts'
import { integrationTimeoutMsDefault, integrationTimeoutMs, quotaTable } from '#model/quotas.ts'
import type { Integration, Stage } from '#model/rest-api.ts'
import type { RestApiSnapshot } from '#model/snapshot.ts'

/** Developer guide, "Amazon API Gateway quotas" and "Quotas for configuring and running a REST API". */
const RESOURCE_POLICY_LENGTH_MAX = 8192
const STAGE_VARIABLES_MAX = 100
const STAGE_VARIABLE_NAME_LENGTH_MAX = 64
const STAGE_VARIABLE_VALUE_LENGTH_MAX = 512

const found = (what: string, most: number, number: number): string =>
  `AWS would refuse ${what}: found ${number}, at most ${most} without a raised quota`

/** What of a deployment is more than AWS takes, whatever is taken here. */
export function beyondAws({ api, resources }: RestApiSnapshot, stage: Stage): string[] {
  const told: string[] = []
  const most = quotaTable.resourcesPerApi.most
  // The root does not count.
  if (resources.length - 1 > most) told.push(found("the API's resources", most, resources.length - 1))
  const policyLength = api.policy?.length ?? 0
  if (policyLength > RESOURCE_POLICY_LENGTH_MAX)
    told.push(found("the length of the API's resource policy", RESOURCE_POLICY_LENGTH_MAX, policyLength))
  const variables = Object.entries(stage.variables ?? {})
  if (variables.length > STAGE_VARIABLES_MAX)
    told.push(found("the stage's variables", STAGE_VARIABLES_MAX, variables.length))
  for (const [name, value] of variables) {
    if (name.length > STAGE_VARIABLE_NAME_LENGTH_MAX)
      told.push(
        found(`the length of the stage variable's name ${name}`, STAGE_VARIABLE_NAME_LENGTH_MAX, name.length),
      )
    if (value.length > STAGE_VARIABLE_VALUE_LENGTH_MAX)
      told.push(
        found(`the length of the stage variable ${name}`, STAGE_VARIABLE_VALUE_LENGTH_MAX, value.length),
      )
  }
  return told
}

/** The same of an integration, by its place below the method. */
export function integrationBeyondAws(
  integration: Integration,
  limits: DataPlaneLimits,
): readonly { message: string; where: string }[] {
  const told: { message: string; where: string }[] = []
  const { timeoutInMillis } = integration
  const mostMs = streamsAnswers(integration) ? integrationTimeoutMs.STREAM.max : integrationTimeoutMsDefault
  // What is cut is told with what it is cut to.
  if (timeoutInMillis > mostMs && integrationTimeout(integration, limits).cutFromMs === undefined) {
    told.push({
      message: found('the timeout in milliseconds', mostMs, timeoutInMillis),
      where: 'integration/timeoutInMillis',
    })
  }
  return told
}
