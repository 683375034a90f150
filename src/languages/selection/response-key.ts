import { DEFAULT_KEY } from './selection-expression.ts'
import { compileSelectionPattern } from './selection-pattern.ts'

/**
 * Chooses among a WebSocket integration's responses by what its `integrationResponseSelectionExpression` gave: the key
 * that is that text, else the first `/pattern/` that matches it whole, else `$default`.
 * Developer guide, "Setting up a WebSocket API integration responses".
 * @param keys `200`, `/2\d\d/`, `$default`
 * @throws SelectionPatternError
 */
export function compileResponseKeys(keys: readonly string[]): (selected: string) => string | undefined {
  const exact = new Set(keys)
  const patterns = keys
    .filter((key) => key.length > 2 && key.startsWith('/') && key.endsWith('/'))
    .map((key) => ({ key, matches: compileSelectionPattern(key.slice(1, -1)) }))
  const fallback = exact.has(DEFAULT_KEY) ? DEFAULT_KEY : undefined
  return (selected) =>
    exact.has(selected) ? selected : (patterns.find(({ matches }) => matches(selected))?.key ?? fallback)
}
