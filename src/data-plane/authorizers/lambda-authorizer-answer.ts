import { GatewayError } from '#data-plane/gateway-error.ts'
import { compilePolicy, type EvaluatePolicy } from '#languages/policy/compile.ts'
import { policyKinds } from '#languages/policy/kinds.ts'
import { readPolicy } from '#languages/policy/read.ts'

/** What a Lambda authorizer says of a caller. Developer guide, "Output from an API Gateway Lambda authorizer". */
export interface AuthorizerAnswer {
  readonly principalId: string
  /** What the caller may do, `execute-api:Invoke` on method ARNs. */
  readonly evaluate: EvaluatePolicy
  /** The policy as JSON text. */
  readonly policy: string
  /** `$context.authorizer.{name}`: numbers and booleans as text. */
  readonly context: Readonly<Record<string, string>>
  /** The value of an API key, where the API takes keys from its authorizers. */
  readonly usageIdentifierKey: string | undefined
}

/**
 * @param payload what the function returned
 * @throws GatewayError AUTHORIZER_CONFIGURATION_ERROR when it is no such answer: nobody is let in by mistake
 */
export function readAuthorizerAnswer(payload: Uint8Array): AuthorizerAnswer {
  const answer = parsed(payload)
  if (!isMap(answer)) throw unusable(`Could not parse policy: found ${kindOf(answer)}, expected a map`)
  const { principalId, policyDocument, context, usageIdentifierKey } = answer
  if (!isMap(policyDocument)) {
    throw unusable(`Could not parse policy: policyDocument: found ${kindOf(policyDocument)}, expected a map`)
  }
  const policy = JSON.stringify(policyDocument)
  const reading = readPolicy(policy, policyKinds.identity)
  if (reading.policy === undefined) {
    const [first] = reading.diagnostics
    const where = first?.where ? `${first.where}: ` : ''
    throw unusable(`Could not parse policy: ${where}${first?.message}`)
  }
  if (typeof principalId !== 'string') {
    throw unusable(`Could not parse policy: principalId: found ${kindOf(principalId)}, expected a text`)
  }
  return {
    principalId,
    evaluate: compilePolicy(reading.policy),
    policy,
    context: contextOf(context),
    usageIdentifierKey: typeof usageIdentifierKey === 'string' ? usageIdentifierKey : undefined,
  }
}

function parsed(payload: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(payload.buffer, payload.byteOffset, payload.length).toString('utf8'))
  } catch (cause) {
    throw unusable('Invalid JSON in response', cause)
  }
}

/** Maps and lists have no place in `$context` (same page); null is a value that is not there. */
function contextOf(context: unknown): Readonly<Record<string, string>> {
  if (context === undefined || context === null) return {}
  if (!isMap(context)) throw unusable(`Authorizer context: found ${kindOf(context)}, expected a map`)
  const texts = Object.create(null) as Record<string, string>
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

/** For messages: never the value, which may be a secret. */
function kindOf(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (value === null) return 'null'
  return Array.isArray(value) ? 'a list' : typeof value === 'object' ? 'a map' : `a ${typeof value}`
}
