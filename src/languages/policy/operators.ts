import { parseIp, type IpRange } from '#base/ip-range.ts'
import type { WildcardStyle } from './glob.ts'
import type { PatternPiece } from './pattern.ts'
import type { RequestContext } from './request.ts'
import { compilePattern } from './variables.ts'

/** Whether a value of the request matches one value of the policy. */
export type ValueTest = (value: string, context: RequestContext) => boolean

export interface Operator {
  /** True where the condition holds when no value of the policy matches. */
  readonly negated: boolean
  /** What a value in the policy must be, for messages; undefined from `compile` says that it is not. */
  readonly expected: string
  /** Whether `${…}` is a policy variable here. */
  readonly variables: boolean
  compile(pieces: readonly PatternPiece[]): ValueTest | undefined
}

/** IAM User Guide, "IAM JSON policy elements: Condition operators". `Null` is of another kind: see `condition.ts`. */
export const operators: ReadonlyMap<string, Operator> = new Map([
  ['StringEquals', pattern('none')],
  ['StringNotEquals', not(pattern('none'))],
  ['StringEqualsIgnoreCase', ignoringCase(pattern('none'))],
  ['StringNotEqualsIgnoreCase', not(ignoringCase(pattern('none')))],
  ['StringLike', pattern('text')],
  ['StringNotLike', not(pattern('text'))],
  ['ArnEquals', pattern('arn')],
  ['ArnNotEquals', not(pattern('arn'))],
  ['ArnLike', pattern('arn')],
  ['ArnNotLike', not(pattern('arn'))],
  ...comparisons('Numeric', 'a number', numberOf),
  ...comparisons('Date', 'a date such as 2026-01-31T12:00:00Z, or seconds since 1970', dateOf),
  ['Bool', typed('true or false', booleanOf, (left, right) => left === right)],
  ['BinaryEquals', typed('Base64', binaryOf, (left, right) => left === right)],
  ['IpAddress', ipAddress()],
  ['NotIpAddress', not(ipAddress())],
])

function not(operator: Operator): Operator {
  return { ...operator, negated: true }
}

function pattern(style: WildcardStyle): Operator {
  return {
    negated: false,
    expected: 'text',
    variables: true,
    compile: (pieces) => compilePattern(pieces, style),
  }
}

function ignoringCase(operator: Operator): Operator {
  const lower = (piece: PatternPiece): PatternPiece =>
    piece.kind === 'variable'
      ? { ...piece, fallback: piece.fallback?.toLowerCase() }
      : { ...piece, text: piece.text.toLowerCase() }
  return {
    ...operator,
    compile: (pieces) => {
      // A variable's value is compared in lower case too.
      const isPlain = pieces.every(({ kind }) => kind !== 'variable')
      const test = operator.compile(pieces.map(lower))
      if (test === undefined) return undefined
      return (value, context) => test(value.toLowerCase(), isPlain ? context : lowerCase(context))
    },
  }
}

function lowerCase(context: RequestContext): RequestContext {
  return new Map(
    Array.from(context, ([key, value]) => [key, typeof value === 'string' ? value.toLowerCase() : value]),
  )
}

/** @param read undefined for what is no value of the type: such a value of the request matches nothing */
function typed<T>(
  expected: string,
  read: (text: string) => T | undefined,
  holds: (value: T, wanted: T) => boolean,
): Operator {
  return {
    negated: false,
    expected,
    variables: false,
    compile: (pieces) => {
      const wanted = read(textOf(pieces))
      if (wanted === undefined) return undefined
      return (text) => {
        const value = read(text)
        return value !== undefined && holds(value, wanted)
      }
    },
  }
}

function comparisons(
  type: string,
  expected: string,
  read: (text: string) => number | undefined,
): [string, Operator][] {
  const equals = typed(expected, read, (value, wanted) => value === wanted)
  return [
    [`${type}Equals`, equals],
    [`${type}NotEquals`, not(equals)],
    [`${type}LessThan`, typed(expected, read, (value, wanted) => value < wanted)],
    [`${type}LessThanEquals`, typed(expected, read, (value, wanted) => value <= wanted)],
    [`${type}GreaterThan`, typed(expected, read, (value, wanted) => value > wanted)],
    [`${type}GreaterThanEquals`, typed(expected, read, (value, wanted) => value >= wanted)],
  ]
}

function textOf(pieces: readonly PatternPiece[]): string {
  return pieces.map((piece) => (piece.kind === 'variable' ? '' : piece.text)).join('')
}

function numberOf(text: string): number | undefined {
  return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?$/.test(text) ? Number(text) : undefined
}

const DATE =
  /^(\d{4})(?:-(\d{2})(?:-(\d{2})(?:T(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(Z|[+-]\d{2}:?\d{2}))?)?)?$/

/** Milliseconds of an ISO 8601 date in one of W3C's forms, or of seconds since 1970. */
function dateOf(text: string): number | undefined {
  // Four digits are a year.
  if (/^-?(?:\d{1,3}|\d{5,12})(?:\.\d{1,9})?$/.test(text)) return Number(text) * 1000
  const found = DATE.exec(text)
  if (found === null) return undefined
  const [, year, month = '01', day = '01', hour = '00', minute = '00', second = '00', fraction = '0', zone] =
    found
  const offset = zone === undefined || zone === 'Z' ? 'Z' : zone.replace(/^(...):?/, '$1:')
  const millis = Date.parse(
    `${year}-${month}-${day}T${hour}:${minute}:${second}.${fraction.slice(0, 3).padEnd(3, '0')}${offset}`,
  )
  return Number.isNaN(millis) ? undefined : millis
}

function booleanOf(text: string): boolean | undefined {
  const lower = text.toLowerCase()
  return lower === 'true' ? true : lower === 'false' ? false : undefined
}

function binaryOf(text: string): string | undefined {
  return /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text) ? text : undefined
}

function ipAddress(): Operator {
  return {
    negated: false,
    expected: 'an IP address or a range such as 203.0.113.0/24 or 2001:db8::/32',
    variables: false,
    compile: (pieces) => {
      const range = rangeOf(textOf(pieces))
      if (range === undefined) return undefined
      return (value) => {
        const address = addressOf(value)
        return address !== undefined && isWithin(range, address)
      }
    },
  }
}

/** As AWS reads ranges: bits after the prefix need not be zero, and count for nothing. */
function rangeOf(text: string): IpRange | undefined {
  const [, host = '', digits] = /^([^/%]*)(?:\/(0|[1-9]\d{0,2}))?$/.exec(text) ?? []
  const bytes = parseIp(host)
  if (bytes === undefined) return undefined
  const bits = bytes.length * 8
  // `::ffff:10.0.0.0/104` is a range of IPv4.
  const prefix = digits === undefined ? bits : Number(digits) - (host.includes(':') && bits === 32 ? 96 : 0)
  return prefix < 0 || prefix > bits ? undefined : { bytes, prefix }
}

function isWithin({ bytes, prefix }: IpRange, address: Uint8Array): boolean {
  if (address.length !== bytes.length) return false
  const whole = prefix >> 3
  for (let at = 0; at < whole; at++) if (bytes[at] !== address[at]) return false
  const rest = prefix & 7
  return rest === 0 || ((bytes[whole] as number) ^ (address[whole] as number)) >> (8 - rest) === 0
}

// One request has one address, and many statements ask for it.
let lastText = ''
let lastAddress: Uint8Array | undefined

function addressOf(text: string): Uint8Array | undefined {
  if (text !== lastText) {
    lastText = text
    lastAddress = parseIp(text)
  }
  return lastAddress
}
