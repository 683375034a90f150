/** A JSON object under construction: members that are undefined are left out, the order is that of writing. */
export type Written = Readonly<Record<string, unknown>>

/** The members that have a value. */
export function present(members: Written): Written {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined))
}

/** The map, or undefined when it is empty. */
export function filled<T extends object>(map: T | undefined): T | undefined {
  return map === undefined || Object.keys(map).length === 0 ? undefined : map
}
