import { utf8Text } from '#base/utf8.ts'
import type { AuthorizerGrant } from '#data-plane/caller.ts'
import { GatewayError } from '#data-plane/gateway-error.ts'
import type { EvaluatePolicy } from '#languages/policy/compile.ts'
import { kindOf } from './kind-of.ts'
import { knownPolicies, PolicyError, type KnownPolicy } from './known-policies.ts'

/** What a Lambda authorizer says of a caller. Developer guide, "Output from an API Gateway Lambda authorizer". */
export interface AuthorizerAnswer {
  /** None of a simple answer. */
  readonly principalId: string | undefined
  /** What the caller may do, `execute-api:Invoke` on method ARNs. */
  readonly evaluate: EvaluatePolicy
  /** The policy as JSON text. */
  readonly policy: string
  /** `$context.authorizer.{name}`: numbers and booleans as text. */
  readonly context: Readonly<Record<string, string>>
  /** As events of HTTP APIs show it. */
  readonly shown?: AuthorizerGrant['shown']
  /** The value of an API key, where the API takes keys from its authorizers. */
  readonly usageIdentifierKey: string | undefined
  /** Of the invocation that gave it, where Lambda told. */
  readonly requestId: string | undefined
  /** About what it takes in memory. */
  readonly bytes: number
}

/** One of a REST API's authorizer. */
export interface PolicyAnswer extends AuthorizerAnswer {
  readonly principalId: string
}

/** What a function wrote takes so many times its size in memory: as texts, and read into a policy that is ready to run. */
const TEXT_BYTES = 4
const POLICY_BYTES = 30

/**
 * @param payload what the function returned
 * @throws GatewayError AUTHORIZER_CONFIGURATION_ERROR when it is no such answer: nobody is let in by mistake
 */
export function readAuthorizerAnswer(payload: Uint8Array, requestId?: string): PolicyAnswer {
  const answer = parsed(payload)
  if (!isMap(answer)) throw unusable(`Could not parse policy: found ${kindOf(answer)}, expected a map`)
  const { principalId, policyDocument, context, usageIdentifierKey } = answer
  if (!isMap(policyDocument)) {
    throw unusable(`Could not parse policy: policyDocument: found ${kindOf(policyDocument)}, expected a map`)
  }
  const { text: policy, evaluate, isNew } = readPolicyText(policyDocument)
  if (typeof principalId !== 'string') {
    throw unusable(`Could not parse policy: principalId: found ${kindOf(principalId)}, expected a text`)
  }
  return {
    principalId,
    evaluate,
    policy,
    context: contexts.shared(contextOf(context)),
    usageIdentifierKey: typeof usageIdentifierKey === 'string' ? usageIdentifierKey : undefined,
    requestId,
    bytes: (isNew ? POLICY_BYTES : TEXT_BYTES) * payload.length,
  }
}

function readPolicyText(document: unknown): KnownPolicy & { readonly isNew: boolean } {
  try {
    return knownPolicies.read(JSON.stringify(document))
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error
    throw unusable(`Could not parse policy: ${error.message}`)
  }
}

/** Contexts by their text: callers of one tenant, or plan, are told the same. */
class Contexts {
  readonly #known = new Map<string, AuthorizerAnswer['context']>()

  /** One that is the same, where there is one. */
  shared(context: AuthorizerAnswer['context']): AuthorizerAnswer['context'] {
    const text = JSON.stringify(context)
    const known = this.#known.get(text)
    if (known !== undefined || text.length > knownContextCharactersMax) return known ?? context
    const [oldest] = this.#known.keys()
    if (this.#known.size >= knownContextsMax && oldest !== undefined) this.#known.delete(oldest)
    this.#known.set(text, Object.freeze(context))
    return context
  }
}

const knownContextsMax = 1024
const knownContextCharactersMax = 1024
const contexts = new Contexts()

function parsed(payload: Uint8Array): unknown {
  try {
    return JSON.parse(utf8Text(payload))
  } catch (cause) {
    throw unusable('Invalid JSON in response', cause)
  }
}

/** Maps and lists have no place in `$context` (same page); null is a value that is not there. */
function contextOf(context: unknown): Readonly<Record<string, string>> {
  const texts = Object.create(null) as Record<string, string>
  if (context === undefined || context === null) return texts
  if (!isMap(context)) throw unusable(`Authorizer context: found ${kindOf(context)}, expected a map`)
  for (const [name, value] of Object.entries(context)) {
    if (value === null) continue
    if (typeof value === 'object') {
      const found = kindOf(value)
      throw unusable(`Authorizer context: ${name}: found ${found}, expected a text, number or boolean`)
    }
    texts[name] = String(value as string | number | boolean)
  }
  return texts
}

function unusable(reason: string, cause?: unknown): GatewayError {
  return new GatewayError('AUTHORIZER_CONFIGURATION_ERROR', {
    reason,
    ...(cause === undefined ? {} : { cause }),
  })
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
