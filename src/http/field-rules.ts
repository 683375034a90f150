import {
  FIELD_NUMBERS,
  fieldNumber,
  fieldNumberOf,
  knownFieldName,
  type KnownFieldName,
} from './field-names.ts'

/** What becomes of a received field on its way through. */
export const KEEP = 0
export const DROP = 1
/** Its name goes on with the rules' prefix. */
export const PREFIX = 2
/** Its name goes on in another spelling, if it came in lower case. */
export const RESPELL = 3

export interface FieldRulesOptions {
  readonly dropped?: readonly KnownFieldName[]
  readonly prefixed?: readonly KnownFieldName[]
  readonly prefix?: string
  /** Names as they are to be spelt: `User-Agent` for `user-agent`. */
  readonly respelled?: readonly string[]
}

/** Rules for received fields by name, found by the name's number. What no rule names is kept. */
export class FieldRules {
  /** By number. */
  readonly actions: Uint8Array
  readonly prefix: string
  readonly #spellings = new Map<number, string>()

  constructor({ dropped = [], prefixed = [], prefix = '', respelled = [] }: FieldRulesOptions) {
    this.actions = new Uint8Array(FIELD_NUMBERS)
    this.prefix = prefix
    for (const name of dropped) this.actions[fieldNumber(name)] = DROP
    for (const name of prefixed) this.actions[fieldNumber(name)] = PREFIX
    for (const spelling of respelled) {
      const number = fieldNumber(spelling.toLowerCase() as KnownFieldName)
      this.actions[number] = RESPELL
      this.#spellings.set(number, spelling)
    }
  }

  /** What becomes of a list of texts: name, value, name, value … */
  applied(texts: readonly string[]): string[] {
    const kept: string[] = []
    for (let i = 0; i < texts.length; i += 2) {
      const name = texts[i] as string
      const number = fieldNumberOf(name)
      const action = this.actions[number]
      if (action === DROP) continue
      if (action === PREFIX) kept.push(this.prefix + name)
      else if (action === RESPELL && name === knownFieldName(number)) kept.push(this.spelling(number))
      else kept.push(name)
      kept.push(texts[i + 1] as string)
    }
    return kept
  }

  /** How the name of this number, one to be respelled, is spelt. */
  spelling(number: number): string {
    return this.#spellings.get(number) as string
  }
}
