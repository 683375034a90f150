import type { Filter, Operand, Path, PathToken } from './tree.ts'

/**
 * Whether a path asks for what Jayway 2.0 reads but does not have, and later releases do: indexes counted from the
 * end, functions, and filters with JSON, texts in double quotes or conditions in parentheses.
 */
export function reachesBeyond({ tokens }: Path): boolean {
  return tokens.some(tokenReachesBeyond)
}

function tokenReachesBeyond(token: PathToken): boolean {
  switch (token.kind) {
    case 'index':
      return token.index < 0
    case 'indexes':
      return token.indexes.some((index) => index < 0)
    case 'slice-between':
      return token.from < 0 || token.to < 0
    case 'property':
      return token.names.some((name) => /^[a-z]+\(/.test(name))
    case 'filter':
      return filterReachesBeyond(token.filter)
    default:
      return false
  }
}

function filterReachesBeyond(filter: Filter): boolean {
  switch (filter.kind) {
    case 'and':
      return filter.parts.some(filterReachesBeyond)
    case 'or':
      return filterReachesBeyond(filter.left) || filterReachesBeyond(filter.right)
    case 'exists':
      return reachesBeyond(filter.path)
    case 'compare':
      return [filter.left, filter.right].some(operandReachesBeyond)
  }
}

/** 2.0 takes what it does not know as text. */
const KNOWN = /^(?:-?[\d.]+(?:[eE][+-]?\d+)?|true|false|null)$/

function operandReachesBeyond(operand: Operand): boolean {
  if (operand.kind === 'path') return reachesBeyond(operand.path)
  return operand.kind === 'text' && !operand.quoted && !KNOWN.test(operand.text)
}
