import { utf8Text } from '#base/utf8.ts'
import { GatewayError } from '#data-plane/gateway-error.ts'
import { kindOf } from './kind-of.ts'
import { knownPolicies, PolicyError } from './known-policies.ts'
import type { AuthorizerAnswer } from './lambda-authorizer-answer.ts'

/** What a function wrote takes so many times its size in memory: as texts, and read into a policy that is ready to run. */
const TEXT_BYTES = 8
const POLICY_BYTES = 30

/** Simple answers as policies, so that one that is kept is like any other. */
const simplePolicy = (Effect: 'Allow' | 'Deny'): object => ({
  Version: '2012-10-17',
  Statement: [{ Effect, Action: 'execute-api:Invoke', Resource: '*' }],
})
const ALLOW = simplePolicy('Allow')
const DENY = simplePolicy('Deny')

/**
 * What the function of an HTTP API's authorizer answered: a policy, or with simple responses a boolean. Developer guide,
 * "Working with AWS Lambda authorizers for HTTP APIs".
 * @throws GatewayError AUTHORIZER_CONFIGURATION_ERROR when it is no such answer: nobody is let in by mistake
 */
export function readRequestAnswer(
  payload: Uint8Array,
  isSimple: boolean,
  requestId: string | undefined,
): AuthorizerAnswer {
  const answer = parsed(payload)
  if (!isMap(answer)) throw unusable(`found ${kindOf(answer)}, expected a map`)
  const { context = null } = answer
  if (context !== null && !isMap(context)) throw unusable(`context: found ${kindOf(context)}, expected a map`)
  const principalId = isSimple ? undefined : principalOf(answer)
  const { text: policy, evaluate, isNew } = policyOf(isSimple ? simpleOf(answer) : documentOf(answer))
  return {
    principalId,
    evaluate,
    policy,
    context: contextTexts(context ?? {}),
    shown: {
      '1.0': JSON.stringify({ ...context, principalId }),
      '2.0': `{"lambda":${JSON.stringify(context)}}`,
    },
    usageIdentifierKey: undefined,
    requestId,
    bytes: (isNew ? POLICY_BYTES : TEXT_BYTES) * payload.length,
  }
}

/** What is left of an answer where it crosses from one process to another. */
export type RoutedAnswer = Pick<
  AuthorizerAnswer,
  'principalId' | 'policy' | 'context' | 'shown' | 'requestId'
>

/** Such an answer, ready to decide again. @throws PolicyError */
export function restoredRequestAnswer(
  { principalId, policy, context, shown, requestId }: RoutedAnswer,
  bytes: number,
): AuthorizerAnswer {
  const { evaluate, isNew } = knownPolicies.read(policy)
  return {
    principalId,
    evaluate,
    policy,
    context: Object.assign(Object.create(null) as Record<string, string>, context),
    shown,
    usageIdentifierKey: undefined,
    requestId,
    bytes: (isNew ? POLICY_BYTES : TEXT_BYTES) * bytes,
  }
}

function parsed(payload: Uint8Array): unknown {
  try {
    return JSON.parse(utf8Text(payload))
  } catch (cause) {
    throw unusable('Invalid json in authorizer response', cause)
  }
}

function simpleOf({ isAuthorized }: JsonMap): object {
  if (typeof isAuthorized === 'boolean') return isAuthorized ? ALLOW : DENY
  throw unusable(
    `isAuthorized: found ${kindOf(isAuthorized)}, expected a boolean, for simple responses are enabled`,
  )
}

function documentOf({ policyDocument }: JsonMap): object {
  if (isMap(policyDocument)) return policyDocument
  throw unusable(`policyDocument: found ${kindOf(policyDocument)}, expected a map`)
}

function principalOf({ principalId }: JsonMap): string {
  if (typeof principalId === 'string') return principalId
  throw unusable(`principalId: found ${kindOf(principalId)}, expected a text`)
}

function policyOf(document: object): ReturnType<typeof knownPolicies.read> {
  try {
    return knownPolicies.read(JSON.stringify(document))
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error
    throw unusable(`policyDocument: ${error.message}`)
  }
}

/** Lists and maps are JSON; null is a value that is not there. */
function contextTexts(context: JsonMap): Readonly<Record<string, string>> {
  const texts = Object.create(null) as Record<string, string>
  for (const [name, value] of Object.entries(context)) {
    if (value === null) continue
    texts[name] =
      typeof value === 'object' ? JSON.stringify(value) : String(value as string | number | boolean)
  }
  return texts
}

/** Seen on AWS by its users, with what is wrong behind it. */
const MISMATCH =
  "The response from the Lambda Authorizer function doesn't match the format that API Gateway expects."

function unusable(what: string, cause?: unknown): GatewayError {
  return new GatewayError('AUTHORIZER_CONFIGURATION_ERROR', {
    reason: `${MISMATCH} ${what}`,
    ...(cause === undefined ? {} : { cause }),
  })
}

type JsonMap = Readonly<Record<string, unknown>>

function isMap(value: unknown): value is JsonMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
