import { parseIp } from '#base/ip-range.ts'
import { fieldValue, token } from './characters.ts'

/** What one proxy said of one hop (RFC 7239 §4): parameter, in lower case, to value. */
export type ForwardedHop = ReadonlyMap<string, string>

/** A node as `for` and `by` name it (RFC 7239 §6). */
export interface ForwardedNode {
  /** An IP address without brackets; undefined for `unknown` and obfuscated names. */
  readonly address: string | undefined
  /** Undefined when there is none or it is obfuscated. */
  readonly port: number | undefined
}

/**
 * Reads the Forwarded header (RFC 7239 §4), several lines joined with commas: the hops, the one next to the client
 * first. Blanks may stand beside commas and semicolons, nowhere else.
 * @returns undefined when any of it breaks the grammar
 */
export function parseForwarded(value: string): readonly ForwardedHop[] | undefined {
  const hops: ForwardedHop[] = []
  let hop = new Map<string, string>()
  let at = 0
  for (;;) {
    at = skipBlanks(value, at)
    const nameEnd = skipToken(value, at)
    if (nameEnd > at) {
      const name = value.slice(at, nameEnd).toLowerCase()
      // No parameter twice in a hop (§4).
      if (value[nameEnd] !== '=' || hop.has(name)) return undefined
      const start = nameEnd + 1
      const end = value[start] === '"' ? skipQuoted(value, start) : skipToken(value, start)
      if (end <= start) return undefined
      hop.set(
        name,
        value[start] === '"' ? unquoted(value.slice(start + 1, end - 1)) : value.slice(start, end),
      )
      at = skipBlanks(value, end)
    }
    const separator = value[at++]
    if (separator === ';') continue
    if (separator !== ',' && separator !== undefined) return undefined
    if (hop.size > 0) hops.push(hop)
    if (separator === undefined) return hops
    hop = new Map()
  }
}

/** `192.0.2.43`, `192.0.2.43:47011`, `[2001:db8::17]:_port`, `unknown`, `_hidden`; undefined: none of these. */
export function parseForwardedNode(text: string): ForwardedNode | undefined {
  const [, bracketed, name = '', port] = NODE.exec(text) ?? []
  if (bracketed === undefined && name === '') return undefined
  const digits = port !== undefined && /^\d+$/.test(port) ? Number(port) : undefined
  if (digits !== undefined && digits > 65_535) return undefined
  if (bracketed !== undefined) {
    return parseIp(bracketed) === undefined || !bracketed.includes(':')
      ? undefined
      : { address: bracketed, port: digits }
  }
  if (name === 'unknown' || name.startsWith('_')) return { address: undefined, port: digits }
  return parseIp(name) === undefined ? undefined : { address: name, port: digits }
}

const NODE = /^(?:\[([0-9A-Fa-f:.]+)\]|(unknown|_[A-Za-z0-9._-]+|[0-9.]+))(?::(\d{1,5}|_[A-Za-z0-9._-]+))?$/

function skipBlanks(text: string, at: number): number {
  while (text[at] === ' ' || text[at] === '\t') at++
  return at
}

function skipToken(text: string, at: number): number {
  while (at < text.length && token[text.charCodeAt(at)] === 1) at++
  return at
}

/** @returns the index after the closing quote; -1 when there is none */
function skipQuoted(text: string, at: number): number {
  for (let i = at + 1; i < text.length; i++) {
    if (text[i] === '"') return i + 1
    if (text[i] === '\\') i++
    if (i < text.length && fieldValue[text.charCodeAt(i)] !== 1) return -1
  }
  return -1
}

function unquoted(text: string): string {
  return text.replace(/\\(.)/gs, '$1')
}
