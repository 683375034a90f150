import { randomBytes, timingSafeEqual } from 'node:crypto'
import type { RuntimeClient } from './runtime-client.ts'

/** A process that may ask for work until `open` is false. */
export interface Admission {
  readonly client: RuntimeClient
  readonly open: boolean
}

/**
 * Who may ask for work: each process has a key, `{number}.{secret}`. Without its secret nobody on the machine can take
 * or answer an invocation.
 */
export class RuntimeKeys {
  readonly #entries = new Map<string, { readonly secret: Buffer; readonly admission: Admission }>()
  #count = 0

  /** @returns the key of a process, and the way to shut it out again */
  admit(client: RuntimeClient): { readonly key: string; readonly close: () => void } {
    const number = String(++this.#count)
    const secret = randomBytes(24).toString('hex')
    const admission = { client, open: true }
    this.#entries.set(number, { secret: Buffer.from(secret), admission })
    return {
      key: `${number}.${secret}`,
      close: () => {
        admission.open = false
        this.#entries.delete(number)
      },
    }
  }

  /** @returns undefined for a key that nobody has (any more) */
  find(key: string): Admission | undefined {
    const dot = key.indexOf('.')
    const entry = this.#entries.get(key.slice(0, dot))
    if (entry === undefined) return undefined
    const given = Buffer.from(key.slice(dot + 1))
    const matches = given.length === entry.secret.length && timingSafeEqual(given, entry.secret)
    return matches ? entry.admission : undefined
  }

  clear(): void {
    this.#entries.clear()
  }
}
