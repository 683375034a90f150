import { GatewayError } from '#data-plane/gateway-error.ts'
import type { Step } from '#data-plane/plan.ts'
import type { RouteDefinition } from '#data-plane/route-definition.ts'

/** Resource policies are not evaluated yet: an API that has one lets nobody in. */
export function resourcePolicy({ snapshot, stage, warnOfApi }: RouteDefinition): Step | undefined {
  const { api, account, region } = snapshot
  const isPrivate = api.endpointConfiguration.types.includes('PRIVATE')
  if (isBlank(api.policy) && !isPrivate) return undefined
  warnOfApi(
    isBlank(api.policy)
      ? 'PRIVATE APIs are not supported yet: every request is answered 403'
      : 'resource policies are not evaluated yet: every request is answered 403; remove the policy to open the API',
  )
  const prefix = `arn:aws:execute-api:${region}:${account}:${api.id}/${stage.stageName}`
  return ({ method, address }) => {
    throw new GatewayError('ACCESS_DENIED', {
      message:
        'User: anonymous is not authorized to perform: execute-api:Invoke on resource: ' +
        `${prefix}/${method}${address.path}`,
      reason: 'the API has a resource policy, which this version does not evaluate',
    })
  }
}

function isBlank(policy: string | undefined): boolean {
  return policy === undefined || policy.trim() === ''
}
