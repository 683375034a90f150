/** Names and list positions from the value that is read. */
export type Path = readonly (string | number)[]

export interface Finding {
  readonly path: Path
  /** What was expected and what was found. */
  readonly message: string
}

/** Reads a value. @throws Unreadable once its findings are noted */
export type Read<T> = (value: unknown, path: Path, findings: Finding[]) => T

/** What is wrong is among the findings already. */
export class Unreadable extends Error {}

function refuse(value: unknown, path: Path, findings: Finding[], expected: string): never {
  findings.push({ path, message: `${path.join('.')}: expected ${expected}, found ${shown(value)}` })
  throw new Unreadable(expected)
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}

export function integer(least: number, most: number): Read<number> {
  return (value, path, findings) =>
    typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most
      ? value
      : refuse(value, path, findings, `a whole number from ${least} to ${most}`)
}

export function number(least: number, most: number): Read<number> {
  return (value, path, findings) =>
    typeof value === 'number' && value >= least && value <= most
      ? value
      : refuse(value, path, findings, `a number from ${least} to ${most}`)
}

export function text(check: (text: string) => boolean, expected: string): Read<string> {
  return (value, path, findings) =>
    typeof value === 'string' && check(value) ? value : refuse(value, path, findings, expected)
}

export function choice<const T extends string | number>(...values: readonly T[]): Read<T> {
  return (value, path, findings) =>
    values.find((known) => known === value) ??
    refuse(value, path, findings, values.map((known) => JSON.stringify(known)).join(' or '))
}

export function list<T>(each: Read<T>, most: number): Read<readonly T[]> {
  return (value, path, findings) => {
    if (!Array.isArray(value)) return refuse(value, path, findings, 'a list')
    if (value.length > most) return refuse(value.length, path, findings, `a list of at most ${most}`)
    return value.map((item: unknown, at) => each(item, [...path, at], findings))
  }
}

/** One, or a list of several. */
export function oneOrMore<T>(each: Read<T>, most: number): Read<readonly T[]> {
  const several = list(each, most)
  return (value, path, findings) =>
    Array.isArray(value) ? several(value, path, findings) : [each(value, path, findings)]
}

/** What may be absent: `fallback` stands for it. */
export function optional<T, F>(read: Read<T>, fallback: F): Read<T | F> {
  return (value, path, findings) => (value === undefined ? fallback : read(value, path, findings))
}

/** What may also be turned off by `false`. */
export function unlessFalse<T>(read: Read<T>): Read<T | undefined> {
  return (value, path, findings) =>
    value === undefined || value === false ? undefined : read(value, path, findings)
}

type Members<T> = { readonly [key in keyof T]-?: Read<T[key]> }

/** A map with these members and no others: all that is wrong with them is found at once. */
export function record<T>(members: Members<T>): Read<T> {
  return (value, path, findings) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      return refuse(value, path, findings, 'a map')
    }
    const before = findings.length
    for (const name of Object.keys(value)) {
      if (Object.hasOwn(members, name)) continue
      const known = Object.keys(members).join(', ')
      const at = [...path, name]
      findings.push({ path: at, message: `${at.join('.')}: unknown member, expected one of ${known}` })
    }
    const given = value as Readonly<Record<string, unknown>>
    const entries = Object.entries<Read<unknown>>(members).map(([name, read]): [string, unknown] => {
      try {
        return [name, read(Object.hasOwn(given, name) ? given[name] : undefined, [...path, name], findings)]
      } catch (error) {
        if (!(error instanceof Unreadable)) throw error
        return [name, undefined]
      }
    })
    if (findings.length > before) throw new Unreadable('a member')
    return Object.fromEntries(entries) as T
  }
}
