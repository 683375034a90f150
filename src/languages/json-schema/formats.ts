import { parseIp } from '#base/ip-range.ts'

export interface Format {
  isValid(text: string): boolean
  message(text: string): string
}

const DATE_TIME = /^\d{4}-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.\d{1,12})?(?:Z|[+-]\d{2}:\d{2})$/
const LABEL = /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/
const URI = /^[A-Za-z][A-Za-z0-9+.-]*:(?:[A-Za-z0-9._~:/?#[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+$/
const UUID = /^[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}$/

const isHostname = (text: string): boolean =>
  text.length <= 255 && text.split('.').every((label) => LABEL.test(label))

function isDateTime(text: string): boolean {
  const found = DATE_TIME.exec(text)
  if (found === null) return false
  const [month = 0, day = 0, hour = 0, minute = 0, second = 0] = found.slice(1).map(Number)
  const days = new Date(Date.UTC(Number(text.slice(0, 4)), month, 0)).getUTCDate()
  return month >= 1 && month <= 12 && day >= 1 && day <= days && hour < 24 && minute < 60 && second < 60
}

function isRegex(text: string): boolean {
  try {
    // Only whether it can be read: it never runs.
    return new RegExp(text) instanceof RegExp
  } catch {
    return false
  }
}

function isEmail(text: string): boolean {
  const at = text.lastIndexOf('@')
  return at > 0 && /^[^\s@"(),:;<>[\\\]]+$/.test(text.slice(0, at)) && isHostname(text.slice(at + 1))
}

const named =
  (what: string) =>
  (text: string): string =>
    `string "${text}" is not a valid ${what}`

/** The formats of draft 4; every other `format` is a remark. */
export const formats: ReadonlyMap<string, Format> = new Map([
  [
    'date-time',
    {
      isValid: isDateTime,
      message: (text: string) =>
        `string "${text}" is invalid against requested date format(s) ` +
        `["yyyy-MM-dd'T'HH:mm:ssZ","yyyy-MM-dd'T'HH:mm:ss.[0-9]{1,12}Z"]`,
    },
  ],
  ['email', { isValid: isEmail, message: named('email address') }],
  ['hostname', { isValid: isHostname, message: named('hostname') }],
  [
    'ipv4',
    {
      isValid: (text: string) => parseIp(text)?.length === 4 && !text.includes(':'),
      message: named('IPv4 address'),
    },
  ],
  [
    'ipv6',
    {
      isValid: (text: string) => text.includes(':') && !text.includes('%') && parseIp(text) !== undefined,
      message: named('IPv6 address'),
    },
  ],
  ['regex', { isValid: isRegex, message: named('ECMA 262 regular expression') }],
  ['uri', { isValid: (text: string) => URI.test(text), message: named('URI') }],
  [
    'uuid',
    {
      isValid: (text: string) => UUID.test(text),
      message: (text: string) => `input string "${text}" is not a valid UUID`,
    },
  ],
])
