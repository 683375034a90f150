import type { SignableRequest } from './canonical-request.ts'
import { sha256Hex } from './canonical-request.ts'
import { splitTarget } from './raw-target.ts'
import { SignatureError } from './signature-error.ts'

/** What a signed request says of itself: not yet verified. */
export interface SignatureClaim {
  readonly accessKeyId: string
  /** Of the credential scope: `20150830`. */
  readonly scopeDate: string
  readonly region: string
  readonly service: string
  /** `20150830T123600Z` */
  readonly date: string
  /** Lower case, sorted. */
  readonly signedHeaders: readonly string[]
  readonly signature: string
  /** As sent, `UNSIGNED-PAYLOAD` included; undefined: the body's hash is what was signed. */
  readonly payloadHash: string | undefined
  /** Of temporary credentials; signed or not, as clients have it. */
  readonly sessionToken: string | undefined
  /** Signature in the query string. */
  readonly presigned: boolean
  readonly expiresSeconds: number | undefined
}

/** Presigned requests live a week at most (IAM User Guide, "Authenticating requests: query parameters"). */
export const EXPIRES_SECONDS_MAX = 604_800
const ALGORITHM = 'AWS4-HMAC-SHA256'
const BASIC_DATE = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/

/**
 * Reads the `Authorization` header, or the `X-Amz-…` query parameters of a presigned request.
 * @returns undefined when the request carries neither
 * @throws SignatureError `incomplete` when what it carries cannot be read
 */
export function readClaim(request: SignableRequest): SignatureClaim | undefined {
  const header = request.headers.get('authorization')
  if (header !== undefined) return fromHeader(request, header)
  if (!request.target.includes('X-Amz-')) return undefined
  const query = new Map(splitTarget(request.target).pairs)
  return query.has('X-Amz-Algorithm') ? fromQuery(request, query) : undefined
}

function fromHeader(request: SignableRequest, header: string): SignatureClaim {
  const space = header.indexOf(' ')
  // The header may hold somebody's password or token: AWS, too, answers with its hash.
  const hashed = `(hashed with SHA-256 and encoded with Base64): '${Buffer.from(sha256Hex(header), 'hex').toString('base64')}'.`
  if (header.slice(0, space) !== ALGORITHM) {
    const reason = header.startsWith('AWS4-')
      ? `Unsupported AWS 'algorithm' in Authorization header, expected '${ALGORITHM}'`
      : 'Invalid key=value pair (missing equal-sign) in Authorization header'
    throw new SignatureError('incomplete', `${reason} ${hashed}`)
  }
  const fields = new Map<string, string>()
  for (const part of header.slice(space + 1).split(',')) {
    const equals = part.indexOf('=')
    if (equals > 0) fields.set(part.slice(0, equals).trim(), part.slice(equals + 1).trim())
  }
  const missing = ['Credential', 'Signature', 'SignedHeaders'].filter((name) => !fields.has(name))
  const date = headerDate(request)
  const reasons = missing.map((name) => `Authorization header requires '${name}' parameter.`)
  if (date === undefined) {
    reasons.push("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")
  }
  if (date === undefined || missing.length > 0) {
    throw new SignatureError('incomplete', `${reasons.join(' ')} Authorization ${hashed}`)
  }
  return {
    ...readCredential(fields.get('Credential') ?? ''),
    date,
    signedHeaders: readSignedHeaders(fields.get('SignedHeaders') ?? ''),
    signature: fields.get('Signature') ?? '',
    payloadHash: request.headers.get('x-amz-content-sha256'),
    sessionToken: request.headers.get('x-amz-security-token'),
    presigned: false,
    expiresSeconds: undefined,
  }
}

function fromQuery(request: SignableRequest, query: ReadonlyMap<string, string>): SignatureClaim {
  const algorithm = query.get('X-Amz-Algorithm')
  if (algorithm !== ALGORITHM) {
    throw new SignatureError(
      'incomplete',
      `Unsupported AWS 'algorithm' in query string, expected '${ALGORITHM}'.`,
    )
  }
  const missing = ['X-Amz-Credential', 'X-Amz-Signature', 'X-Amz-SignedHeaders', 'X-Amz-Date'].filter(
    (name) => !query.has(name),
  )
  if (missing.length > 0) {
    const reasons = missing.map((name) => `AWS query-string parameters must include '${name}'.`)
    throw new SignatureError('incomplete', `${reasons.join(' ')} Re-examine the query-string parameters.`)
  }
  const date = checkedDate(query.get('X-Amz-Date') ?? '')
  return {
    ...readCredential(query.get('X-Amz-Credential') ?? ''),
    date,
    signedHeaders: readSignedHeaders(query.get('X-Amz-SignedHeaders') ?? ''),
    signature: query.get('X-Amz-Signature') ?? '',
    payloadHash: query.get('X-Amz-Content-Sha256') ?? request.headers.get('x-amz-content-sha256'),
    sessionToken: query.get('X-Amz-Security-Token') ?? request.headers.get('x-amz-security-token'),
    presigned: true,
    expiresSeconds: readExpires(query.get('X-Amz-Expires')),
  }
}

function readCredential(
  credential: string,
): Pick<SignatureClaim, 'accessKeyId' | 'scopeDate' | 'region' | 'service'> {
  const parts = credential.split('/')
  const [accessKeyId = '', scopeDate = '', region = '', service = '', terminator = ''] = parts
  const faults: readonly (readonly [fault: boolean, message: string])[] = [
    [
      parts.length !== 5 || !/^[\w-]{1,128}$/.test(accessKeyId),
      `Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '${printable(credential)}'.`,
    ],
    [
      !/^\d{8}$/.test(scopeDate),
      `Credential should be scoped to a date in 'YYYYMMDD' format, got '${printable(scopeDate)}'.`,
    ],
    [!/^[a-z0-9-]{1,64}$/i.test(region), 'Credential should be scoped to a valid region.'],
    [!/^[a-z0-9.-]{1,64}$/i.test(service), 'Credential should be scoped to a valid service.'],
    [
      terminator !== 'aws4_request',
      `Credential should be scoped with a valid terminator: 'aws4_request', not '${printable(terminator)}'.`,
    ],
  ]
  const fault = faults.find(([wrong]) => wrong)
  if (fault !== undefined) throw new SignatureError('incomplete', fault[1])
  return { accessKeyId, scopeDate, region, service }
}

function readSignedHeaders(text: string): string[] {
  return text.toLowerCase().split(';').sort()
}

/** `X-Amz-Date`, else `Date` in either form. */
function headerDate({ headers }: SignableRequest): string | undefined {
  const date = headers.get('x-amz-date') ?? headers.get('date')
  if (date === undefined) return undefined
  return BASIC_DATE.test(date) ? checkedDate(date) : basicDate(epochOf(date, date))
}

function checkedDate(date: string): string {
  if (BASIC_DATE.test(date)) epochOf(date, dashed(date))
  else throw notADate(date)
  return date
}

function epochOf(date: string, readable: string): number {
  const time = Date.parse(readable)
  if (Number.isNaN(time)) throw notADate(date)
  return time
}

/** `20150830T123600Z` → `2015-08-30T12:36:00Z` */
function dashed(date: string): string {
  return date.replace(BASIC_DATE, '$1-$2-$3T$4:$5:$6Z')
}

/** Epoch milliseconds of `20150830T123600Z`. */
export function parseBasicDate(date: string): number {
  return Date.parse(dashed(date))
}

/** `20150830T123600Z` */
export function basicDate(now: number): string {
  return `${new Date(now).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`
}

function notADate(date: string): SignatureError {
  return new SignatureError(
    'incomplete',
    `Date must be in ISO-8601 'basic format'. Got '${printable(date)}'. See http://en.wikipedia.org/wiki/ISO_8601`,
  )
}

function readExpires(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const seconds = /^\d{1,9}$/.test(text) ? Number(text) : 0
  if (seconds < 1 || seconds > EXPIRES_SECONDS_MAX) {
    throw new SignatureError(
      'incomplete',
      `X-Amz-Expires must be a number of seconds from 1 to ${EXPIRES_SECONDS_MAX} (a week), got '${printable(text)}'.`,
    )
  }
  return seconds
}

function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?').slice(0, 200)
}
