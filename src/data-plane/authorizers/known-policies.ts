import { compilePolicy, type EvaluatePolicy } from '#languages/policy/compile.ts'
import { policyKinds } from '#languages/policy/kinds.ts'
import { readPolicy } from '#languages/policy/read.ts'

/** A policy, ready to run. */
export interface KnownPolicy {
  readonly text: string
  readonly evaluate: EvaluatePolicy
}

/** What keeps a text from being a policy. */
export class PolicyError extends Error {}

/** Policies by their text: most callers of an API have the same few. */
class Policies {
  readonly #known = new Map<string, KnownPolicy>()

  /** @throws PolicyError */
  read(text: string): KnownPolicy & { readonly isNew: boolean } {
    const known = this.#known.get(text)
    if (known !== undefined) return { ...known, isNew: false }
    const { policy, diagnostics } = readPolicy(text, policyKinds.identity)
    if (policy === undefined) {
      const [first] = diagnostics
      throw new PolicyError(`${first?.where ? `${first.where}: ` : ''}${first?.message}`)
    }
    const read = { text, evaluate: compilePolicy(policy) }
    if (text.length <= knownPolicyCharactersMax) {
      const [oldest] = this.#known.keys()
      if (this.#known.size >= knownPoliciesMax && oldest !== undefined) this.#known.delete(oldest)
      this.#known.set(text, read)
    }
    return { ...read, isNew: true }
  }
}

const knownPoliciesMax = 1024
/** Longer ones are read each time. */
const knownPolicyCharactersMax = 8192
/** Of this process. */
export const knownPolicies: Policies = new Policies()
