import type { DocumentOperation } from './document.ts'

/** One ready command for each operation of a document. */
export function curlLines(invokeUrl: string, operations: readonly DocumentOperation[]): string[] {
  return operations.map((operation) => curlLine(invokeUrl, operation))
}

function curlLine(invokeUrl: string, operation: DocumentOperation): string {
  const { method, path, parameters, exampleBody } = operation
  const url = `${invokeUrl}${filled(path, operation)}${queryOf(operation)}`
  const words = ['curl']
  if (method === 'HEAD') words.push('-I')
  else if (method !== 'GET' && method !== 'ANY') words.push('-X', method)
  for (const { place, name, required, example } of parameters) {
    if (place === 'header' && (required || example !== undefined))
      words.push('-H', quoted(`${name}: ${example ?? 'x'}`))
  }
  if (exampleBody !== undefined)
    words.push('-H', quoted('Content-Type: application/json'), '-d', quoted(exampleBody))
  return [...words, quoted(url)].join(' ')
}

/** The path with each `{name}` and `{name+}` replaced by its example, or by 1. */
function filled(path: string, { parameters }: DocumentOperation): string {
  return path.replace(/\{([^}+]+)\+?\}/g, (_, name: string) => {
    const parameter = parameters.find((candidate) => candidate.place === 'path' && candidate.name === name)
    return encodeURIComponent(parameter?.example ?? '1')
  })
}

function queryOf({ parameters }: DocumentOperation): string {
  const pairs = parameters
    .filter(({ place, required, example }) => place === 'query' && (required || example !== undefined))
    .map(({ name, example }) => `${encodeURIComponent(name)}=${encodeURIComponent(example ?? '1')}`)
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`
}

/** For a POSIX shell, quotes only where they are needed. */
function quoted(word: string): string {
  return /^[\w./:@%+=,-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`
}
