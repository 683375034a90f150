/** What a PATCH body may say of a record: anything, or nothing of some of its members. */
export type Changes<T> = { readonly [name in keyof T]?: T[name] | '' | undefined }

/**
 * A PATCH body of version 2 over what is there: members that it leaves out stay, an empty text takes one away
 * (as Terraform's provider clears members). Maps are replaced: see `mergedMap`.
 * @param needed members that there must be: an empty text stays, to be refused by whoever checks the record
 */
export function merged<T extends object>(
  known: T,
  changes: Changes<T>,
  needed: readonly (keyof T)[] = [],
): T {
  const result: Record<string, unknown> = Object.fromEntries(Object.entries(known))
  for (const [name, value] of Object.entries(changes)) {
    if (value === '' && !(needed as readonly string[]).includes(name)) delete result[name]
    else if (value !== undefined) result[name] = value
  }
  return result as T
}

/**
 * The same of a map of parameters or variables, entry by entry; undefined once nothing is in it.
 * @param given undefined: nothing is said of it
 */
export function mergedMap<V>(
  known: Readonly<Record<string, V>> | undefined,
  given: Readonly<Record<string, V>> | undefined,
  isEmpty: (value: V) => boolean = (value) => value === '',
): Readonly<Record<string, V>> | undefined {
  const entries = Object.entries({ ...known, ...given }).filter(([, value]) => !isEmpty(value))
  return entries.length === 0 ? undefined : Object.fromEntries(entries)
}

/** A text that is there: clients send empty ones for what they do not set. */
export function givenText(text: string | undefined): string | undefined {
  return text === '' ? undefined : text
}

/** A map that is there: as with texts. */
export function givenMap<V>(
  map: Readonly<Record<string, V>> | undefined,
): Readonly<Record<string, V>> | undefined {
  return map === undefined || Object.keys(map).length === 0 ? undefined : map
}
