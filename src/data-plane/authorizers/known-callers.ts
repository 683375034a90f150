import { createHash } from 'node:crypto'
import type { KeyLookup } from '#base/caller.ts'
import { compilePolicy, type EvaluatePolicy } from '#languages/policy/compile.ts'
import { policyKinds } from '#languages/policy/kinds.ts'
import { readPolicy } from '#languages/policy/read.ts'
import type { CallerSource } from '#data-plane/ports.ts'
import { compileCaller, type SignedCaller } from './signed-caller.ts'

/** What is known of an access key. */
export type Known = SignedCaller | 'unknown' | 'expired'

/** Callers that are kept; the oldest makes room. */
export const callersMax = 100_000
/** Access keys of nobody that are kept: strangers must not make the source work. */
export const strangersMax = 10_000
/** Policy documents that are kept compiled. */
export const documentsMax = 10_000

/** Who signs requests: each is asked for once, until something has changed. */
export class KnownCallers {
  readonly #source: CallerSource | undefined
  #callers = new Map<string, SignedCaller>()
  #strangers = new Set<string>()
  #documents = new Map<string, EvaluatePolicy>()
  #asked = new Map<string, Promise<Known>>()

  constructor(source: CallerSource | undefined) {
    this.#source = source
  }

  /** @param nowMs epoch milliseconds */
  find(accessKeyId: string, sessionToken: string | undefined, nowMs: number): Known | Promise<Known> {
    const name = sessionToken === undefined ? accessKeyId : `${accessKeyId} ${digest(sessionToken)}`
    const caller = this.#callers.get(name)
    if (caller !== undefined) return current(caller, nowMs)
    if (this.#source === undefined || this.#strangers.has(name)) return 'unknown'
    const asked = this.#asked.get(name) ?? this.#ask(this.#source, name, accessKeyId, sessionToken)
    return asked.then((known) => (typeof known === 'string' ? known : current(known, nowMs)))
  }

  /** Answers that are on their way are for those alone who wait for them. */
  forget(): void {
    this.#callers = new Map()
    this.#strangers = new Set()
    this.#documents = new Map()
    this.#asked = new Map()
  }

  #ask(
    source: CallerSource,
    name: string,
    accessKeyId: string,
    sessionToken: string | undefined,
  ): Promise<Known> {
    const places = { callers: this.#callers, strangers: this.#strangers, asked: this.#asked }
    const asked = source
      .find(accessKeyId, sessionToken)
      .then((found) => this.#keep(found, name, places))
      .finally(() => places.asked.delete(name))
    places.asked.set(name, asked)
    return asked
  }

  /** @param places those there were when it was asked: others belong to what has changed since */
  #keep(
    found: KeyLookup,
    name: string,
    { callers, strangers }: { callers: Map<string, SignedCaller>; strangers: Set<string> },
  ): Known {
    if (found === 'expired') return found
    if (found === 'unknown') {
      if (strangers.size >= strangersMax) strangers.clear()
      strangers.add(name)
      return found
    }
    const caller = compileCaller(found, (document) => this.#compiled(document))
    if (callers.size >= callersMax) callers.delete(callers.keys().next().value as string)
    callers.set(name, caller)
    return caller
  }

  #compiled(document: string): EvaluatePolicy {
    let evaluate = this.#documents.get(document)
    if (evaluate === undefined) {
      const { policy } = readPolicy(document, policyKinds.identity)
      evaluate = policy === undefined ? denyAll : compilePolicy(policy)
      if (this.#documents.size >= documentsMax) this.#documents.clear()
      this.#documents.set(document, evaluate)
    }
    return evaluate
  }
}

/** A document that cannot be read lets nobody in. */
const denyAll: EvaluatePolicy = () => ({ decision: 'explicit-deny', statement: undefined, grant: 'none' })

function current(caller: SignedCaller, nowMs: number): Known {
  const { expiresMs } = caller.caller
  return expiresMs !== undefined && expiresMs <= nowMs ? 'expired' : caller
}

/** Tokens are long: this is what is kept of them. */
function digest(token: string): string {
  return createHash('sha256').update(token).digest('base64')
}
