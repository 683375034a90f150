/** A request's query by name, in order of first appearance; every value in order. Decoded. */
export type Query = ReadonlyMap<string, readonly string[]>

export const emptyQuery: Query = new Map()

/**
 * Reads what follows `?`. Plus signs are spaces; a semicolon separates as an ampersand does; a name without `=` has
 * the empty value. Developer guide, "Amazon API Gateway important notes"; decoding recorded on AWS.
 */
export function parseQuery(raw: string | undefined): Query {
  if (raw === undefined || raw === '') return emptyQuery
  const query = new Map<string, string[]>()
  for (const piece of raw.split(/[&;]/)) {
    if (piece === '') continue
    const equals = piece.indexOf('=')
    const name = decode(equals === -1 ? piece : piece.slice(0, equals))
    const value = equals === -1 ? '' : decode(piece.slice(equals + 1))
    const values = query.get(name)
    if (values === undefined) query.set(name, [value])
    else values.push(value)
  }
  return query
}

/** Writes `a=1&b=2` with everything percent-encoded that could be read as structure. */
export function encodeQuery(query: Query): string {
  let text = ''
  for (const [name, values] of query) {
    const encoded = encode(name)
    for (const value of values) text += `${text === '' ? '' : '&'}${encoded}=${encode(value)}`
  }
  return text
}

/** The value that single-value maps show: the last (recorded on AWS). */
export function lastOf(values: readonly string[] | undefined): string | undefined {
  return values?.[values.length - 1]
}

const PLAIN = /^[\w.~:,@/-]*$/

function decode(text: string): string {
  if (PLAIN.test(text)) return text
  const spaced = text.replaceAll('+', ' ')
  try {
    // Targets are latin1 strings: bytes that were not escaped are UTF-8 as well.
    return decodeURIComponent(spaced.replace(/[\x80-\xff]/g, percent))
  } catch {
    return lenient(spaced)
  }
}

/** Escapes that are broken stay as they are; bytes that are no UTF-8 become U+FFFD. */
function lenient(text: string): string {
  const bytes = text.replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  )
  return Buffer.from(bytes, 'latin1').toString('utf8')
}

function encode(text: string): string {
  return PLAIN_WORD.test(text) ? text : encodeURIComponent(text.toWellFormed())
}

const PLAIN_WORD = /^[\w.~-]*$/

function percent(character: string): string {
  return `%${character.charCodeAt(0).toString(16)}`
}
