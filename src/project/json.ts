/** A map as a parsed YAML or JSON file has it. */
export type Json = Readonly<Record<string, unknown>>

export function isMap(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The map, or an empty one in place of anything else. */
export function asMap(value: unknown): Json {
  return isMap(value) ? value : {}
}

/** What `$ref` stands for within `root`, one step; `value` itself when it refers to nothing there. */
export function referred(root: Json, value: Json): Json {
  const { $ref: reference } = value
  if (typeof reference !== 'string' || !reference.startsWith('#/')) return value
  const names = reference.slice(2).split('/')
  return asMap(
    names.reduce<unknown>((at, name) => asMap(at)[name.replaceAll('~1', '/').replaceAll('~0', '~')], root),
  )
}
