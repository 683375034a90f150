import type { Cors as CorsInput } from '#aws/tables/apigatewayv2.ts'
import type { Cors } from '#model/http-api.ts'
import { badRequest } from '../apigateway/errors.ts'
import { capitalized, uncapitalized } from './wire-names.ts'

/** Seconds (API reference, Cors); -1: preflights are not to be kept. */
const maxAgeSecondsMin = -1
const maxAgeSecondsMax = 86_400
/** AWS does not say how many; answers name them all. */
const entriesMax = 100

const methods = ['*', 'GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT']
/** `https://example.com:8443`; `https://*`: every origin with that scheme. Other schemes, such as those of apps, too. */
const origin = /^(?:\*|[a-z][a-z0-9+.-]*:\/\/[^\s/?#]+)$/i
const headerName = /^(?:\*|[!#$%&'*+.^_`|~0-9a-z-]+)$/i

/** As the model has it; none where nothing is in it. */
export function corsOf(input: CorsInput | undefined): Cors | undefined {
  if (input === undefined || Object.keys(input).length === 0) return undefined
  return uncapitalized(input)
}

export function corsOutput(cors: Cors | undefined): CorsInput | undefined {
  return cors && capitalized(cors)
}

/** @throws BadRequestException */
export function checkCors(cors: Cors): void {
  // Seen on AWS: aws/aws-cdk#9076.
  if (cors.allowCredentials === true && cors.allowOrigins?.includes('*')) {
    throw badRequest("allow-credentials is not supported if 'allow-origin' is *")
  }
  for (const row of lists) {
    const given = cors[row.member] ?? []
    if (given.length > entriesMax) {
      throw badRequest(
        `Invalid ${row.member} specified: expected at most ${entriesMax} entries, found ${given.length}`,
      )
    }
    for (const entry of given) {
      if (!row.isValid(entry))
        throw badRequest(`Invalid ${row.noun} specified in ${row.member}: ${entry}. ${row.expected}`)
    }
  }
  const { maxAge = 0 } = cors
  if (!Number.isInteger(maxAge) || maxAge < maxAgeSecondsMin || maxAge > maxAgeSecondsMax) {
    throw badRequest(
      `Invalid maxAge specified: ${maxAge}. Must be between ${maxAgeSecondsMin} and ${maxAgeSecondsMax}`,
    )
  }
}

interface ListRow {
  readonly member: 'allowOrigins' | 'allowMethods' | 'allowHeaders' | 'exposeHeaders'
  readonly noun: string
  readonly isValid: (entry: string) => boolean
  readonly expected: string
}

const anyHeader = 'Expected the name of a header, or *'
const lists: readonly ListRow[] = [
  {
    member: 'allowOrigins',
    noun: 'origin',
    isValid: (entry) => origin.test(entry),
    expected: 'Expected scheme://host, https://*, http://* or *',
  },
  {
    member: 'allowMethods',
    noun: 'method',
    isValid: (entry) => methods.includes(entry.toUpperCase()),
    expected: `Must be one of [${methods.join(', ')}]`,
  },
  { member: 'allowHeaders', noun: 'header', isValid: (entry) => headerName.test(entry), expected: anyHeader },
  {
    member: 'exposeHeaders',
    noun: 'header',
    isValid: (entry) => headerName.test(entry),
    expected: anyHeader,
  },
]
