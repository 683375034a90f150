import type { DataType, Literal, ObjectType } from '../data-type.ts'
import { javascriptText } from '../quoted.ts'

type NameOf = (key: string) => string | undefined

/**
 * @param nameOf what a named type is called; undefined: nobody knows it
 * @param indent of the line that the type begins in
 */
export function typescriptType(type: DataType, nameOf: NameOf, indent = ''): string {
  /** What binds weaker than what is around it is put in parentheses. */
  const part = (inner: DataType): string => {
    const text = typescriptType(inner, nameOf, indent)
    return inner.kind === 'either' || inner.kind === 'all' || inner.kind === 'literals' ? `(${text})` : text
  }
  switch (type.kind) {
    case 'integer':
      return 'number'
    case 'literals':
      return [...new Set(type.values.map(literal))].join(' | ')
    case 'list':
      return `${part(type.of)}[]`
    case 'either':
      return [...new Set(type.of.map(part))].join(' | ')
    case 'all':
      return [...new Set(type.of.map(part))].join(' & ')
    case 'object':
      return objectType(type, nameOf, indent)
    case 'named':
      return nameOf(type.key) ?? 'unknown'
    default:
      return type.kind
  }
}

export function propertyName(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : javascriptText(name)
}

function objectType({ members, rest }: ObjectType, nameOf: NameOf, indent: string): string {
  const deeper = `${indent}  `
  const rows = members.map(({ name, type, required }) => {
    const text = typescriptType(type, nameOf, deeper)
    return required ? `${propertyName(name)}: ${text}` : `${propertyName(name)}?: ${text} | undefined`
  })
  // Beside members of other types, an index signature can promise nothing.
  if (rest !== undefined) {
    rows.push(`[name: string]: ${members.length === 0 ? typescriptType(rest, nameOf, deeper) : 'unknown'}`)
  }
  return rows.length === 0 ? '{}' : `{\n${rows.map((row) => `${deeper}${row}\n`).join('')}${indent}}`
}

function literal(value: Literal): string {
  return typeof value === 'string' ? javascriptText(value) : String(value)
}
