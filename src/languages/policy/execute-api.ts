import type { Decision } from './compile.ts'

/**
 * `execute-api:/stage/GET/pets` in an API's resource policy stands for that path of the API itself.
 * Developer guide, "API Gateway resource policy examples".
 * @param apiArn `arn:aws:execute-api:{region}:{account}:{apiId}`
 * @returns for `ReadOptions.expandResource`
 */
export function expandExecuteApi(apiArn: string): (resource: string) => string {
  return (resource) =>
    resource.startsWith('execute-api:/') ? apiArn + resource.slice('execute-api:'.length) : resource
}

/** How a method is protected, where it changes what a resource policy means. */
export type InvokeAuthorization = 'none' | 'lambda' | 'iam-same-account' | 'iam-other-account' | 'cognito'

type Combine = (caller: Decision, resource: Decision) => Decision

/** One that allows suffices. */
const either: Combine = (caller, resource) =>
  caller === 'explicit-deny' || resource === 'explicit-deny'
    ? 'explicit-deny'
    : caller === 'allow' || resource === 'allow'
      ? 'allow'
      : 'implicit-deny'

const both: Combine = (caller, resource) =>
  caller === 'allow' && resource === 'allow'
    ? 'allow'
    : either(caller, resource) === 'explicit-deny'
      ? 'explicit-deny'
      : 'implicit-deny'

const resourceAlone: Combine = (_, resource) => resource

const combinations: Readonly<Record<InvokeAuthorization, Combine>> = {
  none: resourceAlone,
  lambda: either,
  'iam-same-account': either,
  'iam-other-account': both,
  cognito: resourceAlone,
}

/**
 * What an API's resource policy and the caller's policy (a Lambda authorizer's answer, IAM's) come to.
 * Developer guide, "How API Gateway resource policies affect authorization workflow".
 * @param caller for `none` and `cognito` without effect
 * @param resource undefined when the API has no resource policy: the caller's alone decides, and none is open
 */
export function decideInvoke(
  authorization: InvokeAuthorization,
  caller: Decision,
  resource: Decision | undefined,
): Decision {
  if (resource !== undefined) return combinations[authorization](caller, resource)
  return combinations[authorization] === resourceAlone ? 'allow' : caller
}
