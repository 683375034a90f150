import type { LocatedValue } from '#languages/json/located.ts'

/** As `JSON.parse` would have given it. */
export function toPlainLocated(value: LocatedValue): unknown {
  switch (value.kind) {
    case 'null':
      return null
    case 'boolean':
    case 'string':
      return value.value
    case 'number':
      return Number(value.text)
    case 'array':
      return value.items.map(toPlainLocated)
    case 'object':
      return Object.fromEntries(
        value.members.map(({ name, value: member }) => [name, toPlainLocated(member)]),
      )
  }
}
