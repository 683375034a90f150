import type { Call } from '#aws/call.ts'
import { records } from '#model/records.ts'
import type { Method, Stage } from '#model/rest-api.ts'
import type { RestApiSnapshot } from '#model/snapshot.ts'
import { withStageVariables } from '#model/stage-variables.ts'
import type { Transaction } from '#store/store.ts'
import type { HttpApiDefinition } from '../apigatewayv2/openapi/http-api-definition.ts'
import type { ApiDefinition } from '../openapi/definition.ts'
import type { Reader } from './find.ts'
import { childKey, within } from './keys.ts'

const ROLE = /^arn:[\w-]+:iam::\d{12}:role\/./
const VARIABLE = '${stageVariables.'

/**
 * Who gives API Gateway roles by a document must be allowed to give it each of them, as by the operations that it stands for.
 * @throws AwsError
 */
export async function needRolesOfDocument(call: Call, { authorizers, paths }: ApiDefinition): Promise<void> {
  const integrations = paths.flatMap(({ methods }) =>
    methods.map(({ integration }) => integration?.credentials),
  )
  await needRoles(call, [...integrations, ...authorizers.map((each) => each.authorizerCredentials)])
}

/**
 * The same of a document of an HTTP API.
 * @throws AwsError
 */
export async function needRolesOfHttpDocument(
  call: Call,
  { authorizers, routes }: HttpApiDefinition,
): Promise<void> {
  await needRoles(call, [
    ...routes.map(({ integration }) => integration?.input.CredentialsArn),
    ...authorizers.map(({ input }) => input.AuthorizerCredentialsArn),
  ])
}

/**
 * The same of roles that variables make up, which are known once a stage has both: with `before`, of those that it did not
 * have then.
 * @throws AwsError
 */
export async function needRolesOfStage(
  reader: Reader,
  call: Call,
  restApiId: string,
  stage: Stage,
  before?: Stage,
): Promise<void> {
  if (call.need === undefined) return
  const known = new Set(before === undefined ? [] : await rolesOfStage(reader, call, restApiId, before))
  const roles = await rolesOfStage(reader, call, restApiId, stage)
  await needRoles(
    call,
    roles.filter((role) => !known.has(role)),
  )
}

async function rolesOfStage(
  reader: Reader,
  call: Call,
  restApiId: string,
  { deploymentId, variables = {}, canarySettings }: Stage,
): Promise<string[]> {
  const read = async (id: string): Promise<RestApiSnapshot | undefined> =>
    (await reader.read(records.snapshot, childKey(call, restApiId, id)))?.value
  const roles = rolesOf(await read(deploymentId), variables)
  if (canarySettings === undefined) return roles
  const overridden = { ...variables, ...canarySettings.stageVariableOverrides }
  return [...roles, ...rolesOf(await read(canarySettings.deploymentId), overridden)]
}

function rolesOf(
  snapshot: RestApiSnapshot | undefined,
  variables: Readonly<Record<string, string>>,
): string[] {
  const methods = snapshot?.resources.flatMap((resource) => Object.values(resource.methods)) ?? []
  return methods
    .map(({ integration }) => integration?.credentials ?? '')
    .filter((credentials) => credentials.includes(VARIABLE))
    .map((credentials) => withStageVariables(credentials, variables))
    .filter((role) => ROLE.test(role))
}

/**
 * The same of an API that is copied: its roles would act for whoever changes the copy.
 * @throws AwsError
 */
export async function needRolesOfApi(
  reader: Pick<Transaction, 'list'>,
  call: Call,
  restApiId: string,
): Promise<void> {
  const from = within(call, restApiId)
  const resources = await reader.list(records.resource, from)
  const authorizers = await reader.list(records.authorizer, from)
  const methods = resources.flatMap(({ value }) => Object.values(value.methods))
  await needRoles(call, [
    ...methods.map(({ integration }) => integration?.credentials),
    ...authorizers.map(({ value }) => value.authorizerCredentials),
  ])
}

/**
 * The same of a role that stays what it was, where it is to act at another address.
 * @throws AwsError
 */
export async function needRoleElsewhere(
  call: Call,
  role: string | undefined,
  before: string | undefined,
  after: string | undefined,
): Promise<void> {
  if (before !== after) await needRoles(call, [role])
}

/**
 * The same of what the variables of a test make up.
 * @throws AwsError
 */
export async function needRoleOfTest(
  call: Call,
  { integration }: Pick<Method, 'integration'>,
  variables: Readonly<Record<string, string>> = {},
): Promise<void> {
  const credentials = integration?.credentials ?? ''
  if (credentials.includes(VARIABLE)) await needRoles(call, [withStageVariables(credentials, variables)])
}

async function needRoles(call: Call, given: readonly (string | undefined)[]): Promise<void> {
  const roles = new Set(
    given.filter((role) => role !== undefined && (ROLE.test(role) || role.includes(VARIABLE))),
  )
  await call.need?.([...roles].map((resource) => ({ action: 'iam:PassRole', resource: resource as string })))
}
