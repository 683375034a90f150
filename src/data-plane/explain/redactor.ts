/** What stands where a secret stood. */
export const REDACTED = '[redacted]'

/** Names of headers, query parameters and cookies whose values say who somebody is. */
const SECRET_NAME =
  /authorization|token|secret|passw|signature|credential|cookie|session|api[-_]?key|(^|[-_])(auth|jwt|sig|sid|key)$/i

/** Names of members whose values are secret in bodies, which have many more names. */
const SECRET_MEMBER = /authorization|token|secret|passw|cookie|api[-_]?key/i
/** A member of JSON that is a text, also within a text of JSON; or of a form. */
const MEMBER =
  /((\\*)"([\w.:-]{1,64})\2"\s*:\s*\2")((?:[^"\\]|\\.)*?)(?=\2")|((?:^|&)([\w.-]{1,64})=)([^&\s"]+)/g

/** Shorter texts stand in too many others to be hidden wherever they stand. */
const SECRET_LENGTH_MIN = 6
/** So much of a secret tells nothing, at the end of a text that was cut. */
const CUT_LENGTH_MIN = 4
/** Texts that were cut end with it. */
const CUT = '…'

export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name)
}

/**
 * Keeps secrets out of what is told: by the name of what holds them, and then wherever else their text stands, in the
 * forms in which templates, events and URIs repeat it.
 */
export class Redactor {
  readonly #secrets = new Set<string>()

  /** A value that nobody may be shown; its parts, too: the token after a scheme, the password of Basic, each cookie. */
  add(value: string): void {
    this.#addForms(value)
    const space = value.indexOf(' ')
    if (space > 0) {
      const rest = value.slice(space + 1).trim()
      this.#addForms(rest)
      if (/^basic$/i.test(value.slice(0, space))) this.#addBasic(rest)
    }
    // Cookies, and the parameters of Authorization: Credential=…, Signature=….
    for (const [, part = ''] of value.matchAll(/=\s*"?([^;,"\s]+)/g)) this.#addForms(part)
  }

  /** Takes note of the secrets among names and values: name, value, name, value … */
  addSecretsOf(list: readonly string[]): void {
    for (let at = 0; at + 1 < list.length; at += 2) {
      if (isSecretName(list[at] as string)) this.add(list[at + 1] as string)
    }
  }

  /**
   * A copy of a value of JSON in which nothing is left of the secrets. Functions stand for what they give; members named
   * `base64` are bytes.
   */
  redacted(value: unknown): unknown {
    this.#addMembersOf(value)
    const longestFirst = [...this.#secrets].sort((a, b) => b.length - a.length)
    const text = (given: string): string => {
      let hidden = given.replaceAll(MEMBER, (...found: string[]) => {
        const [whole = '', start = '', , name = '', , formStart, formName = ''] = found
        if (!SECRET_MEMBER.test(formStart === undefined ? name : formName)) return whole
        return `${formStart ?? start}${REDACTED}`
      })
      for (const secret of longestFirst) hidden = hidden.replaceAll(secret, REDACTED)
      return hidden.includes(CUT) ? withoutCutSecrets(hidden, longestFirst) : hidden
    }
    const copy = (given: unknown, name?: string): unknown => {
      if (typeof given === 'function') return copy((given as () => unknown)(), name)
      if (typeof given === 'string') return name === 'base64' ? bytes(given) : text(given)
      if (Array.isArray(given)) return given.map((member) => copy(member))
      if (typeof given !== 'object' || given === null) return given
      return Object.fromEntries(Object.entries(given).map(([key, member]) => [text(key), copy(member, key)]))
    }
    const bytes = (base64: string): string => {
      const content = Buffer.from(base64, 'base64').toString('latin1')
      return longestFirst.some((secret) => content.includes(secret)) ? REDACTED : base64
    }
    return copy(value)
  }

  /** Takes note of the secrets in bodies, which templates may take apart. */
  #addMembersOf(value: unknown): void {
    if (typeof value === 'function') this.#addMembersOf((value as () => unknown)())
    else if (typeof value === 'string') {
      for (const [, , , name = '', text, , formName = '', formText] of value.matchAll(MEMBER)) {
        if (text !== undefined && SECRET_MEMBER.test(name)) this.#addForms(unescaped(text))
        if (formText !== undefined && SECRET_MEMBER.test(formName)) this.#addForms(formText)
      }
    } else if (typeof value === 'object' && value !== null) {
      for (const member of Object.values(value)) this.#addMembersOf(member)
    }
  }

  #addBasic(encoded: string): void {
    const decoded = Buffer.from(encoded, 'base64').toString('utf8')
    this.#addForms(decoded)
    this.#addForms(decoded.slice(decoded.indexOf(':') + 1))
  }

  #addForms(secret: string): void {
    if (secret.length < SECRET_LENGTH_MIN) return
    const json = JSON.stringify(secret).slice(1, -1)
    const forms = [
      secret,
      json,
      // As a string within JSON that is a string.
      JSON.stringify(json).slice(1, -1),
      encodeURIComponent(secret.toWellFormed()),
      encodeURIComponent(secret.toWellFormed()).replaceAll('%20', '+'),
      Buffer.from(secret, 'utf8').toString('base64').replace(/=+$/, ''),
    ]
    for (const form of forms) this.#secrets.add(form)
  }
}

/** What JSON means; as it stands, where it is not a string of JSON itself. */
function unescaped(text: string): string {
  try {
    return JSON.parse(`"${text}"`) as string
  } catch {
    return text
  }
}

/** A text that was cut within a secret ends with the secret's beginning. */
function withoutCutSecrets(text: string, secrets: readonly string[]): string {
  return text.replace(/[^…]+…/g, (piece) => {
    const shown = piece.slice(0, -CUT.length)
    for (const secret of secrets) {
      for (let length = Math.min(secret.length - 1, shown.length); length >= CUT_LENGTH_MIN; length--) {
        if (shown.endsWith(secret.slice(0, length))) return shown.slice(0, -length) + REDACTED + CUT
      }
    }
    return piece
  })
}

/** Names and values for who reads them, values under secret names hidden: `[[name, value], …]`. */
export function shownPairs(list: readonly string[]): [name: string, value: string][] {
  const pairs: [string, string][] = []
  for (let at = 0; at + 1 < list.length; at += 2) {
    const name = list[at] as string
    pairs.push([name, isSecretName(name) ? REDACTED : (list[at + 1] as string)])
  }
  return pairs
}
