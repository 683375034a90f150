import { sameName } from '#http/same-name.ts'

/** A set of header names; look-ups ignore case and cost no allocation. */
export class HeaderNames {
  readonly #byLength: (readonly string[] | undefined)[] = []

  constructor(...names: readonly string[]) {
    for (const name of names) this.#byLength[name.length] = [...(this.#byLength[name.length] ?? []), name]
  }

  has(name: string): boolean {
    const candidates = this.#byLength[name.length]
    if (candidates === undefined) return false
    for (let i = 0; i < candidates.length; i++) {
      if (sameName(candidates[i] as string, name)) return true
    }
    return false
  }
}
