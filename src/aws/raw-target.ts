/** A request-target, split but not decoded: routing and signing both need the bytes as sent. */
export interface RawTarget {
  /** `/restapis/a%2Fb` */
  readonly path: string
  /** Without `?`. */
  readonly query: string
  /** Decoded pairs in wire order; `+` and `%20` are both a space. */
  readonly pairs: readonly (readonly [name: string, value: string])[]
}

export function splitTarget(target: string): RawTarget {
  const mark = target.indexOf('?')
  const path = mark < 0 ? target : target.slice(0, mark)
  const query = mark < 0 ? '' : target.slice(mark + 1)
  return { path, query, pairs: parsePairs(query) }
}

/** `a=1&b=2&c` → pairs; a name alone has the value ''. */
export function parsePairs(text: string): [name: string, value: string][] {
  const pairs: [string, string][] = []
  for (const part of text.split('&')) {
    if (part === '') continue
    const equals = part.indexOf('=')
    pairs.push(
      equals < 0
        ? [decodeFormText(part), '']
        : [decodeFormText(part.slice(0, equals)), decodeFormText(part.slice(equals + 1))],
    )
  }
  return pairs
}

function decodeFormText(text: string): string {
  return decodePercent(text.replaceAll('+', ' ')) ?? text
}

/** Undefined when `text` is no valid percent-encoding of UTF-8. */
export function decodePercent(text: string): string | undefined {
  if (!text.includes('%')) return text
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
