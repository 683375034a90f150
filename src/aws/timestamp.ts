/** Wire forms of a timestamp; in the house it is epoch milliseconds. */
export type TimestampFormat = 'date-time' | 'http-date' | 'epoch-seconds'

/** The farthest a Date reaches, in milliseconds either side of 1970. */
const TIME_MAX = 8.64e15

/** Reads every form: seconds as number or text, RFC 3339, HTTP date. Undefined when it is none of them. */
export function parseTimestamp(value: unknown): number | undefined {
  const isText = typeof value === 'string'
  const isSeconds = typeof value === 'number' || (isText && /^-?\d+(\.\d+)?(e\d+)?$/i.test(value))
  const time = isSeconds ? Math.round(Number(value) * 1000) : isText ? Date.parse(value) : NaN
  return Math.abs(time) <= TIME_MAX ? time : undefined
}

/** `2026-11-21T03:26:25Z` (a fraction only where there is one), `Sat, 21 Nov 2026 03:26:25 GMT`, `1795231585.5`. */
export function formatTimestamp(time: number, format: TimestampFormat): string {
  switch (format) {
    case 'date-time':
      return new Date(time).toISOString().replace('.000Z', 'Z')
    case 'http-date':
      return new Date(time).toUTCString()
    case 'epoch-seconds':
      return String(time / 1000)
  }
}
