import type { AwsError } from './error.ts'
import type { ServiceTable } from './table.ts'

/** What the table knows of an error, for any protocol to write. */
export interface ErrorFacts {
  readonly code: string
  /** The code of services that once spoke awsQuery, where it differs. */
  readonly queryCode: string | undefined
  readonly status: number
  /** Body members by wire name, the message among them under the name that the shape gives it. */
  readonly body: Readonly<Record<string, unknown>>
  readonly headers: readonly (readonly [name: string, value: string])[]
}

export function errorFacts(error: AwsError, service: ServiceTable): ErrorFacts {
  const shape = service.error(error.code)
  const status = shape?.error?.status ?? error.status
  const body: Record<string, unknown> = {}
  const headers: [string, string][] = []
  const given: Record<string, unknown> = { ...error.members }
  const { faultMember } = service.overlay
  if (faultMember !== undefined) given[faultMember] ??= status < 500 ? 'User' : 'Service'
  let messageName = 'message'
  for (const member of shape?.members ?? []) {
    if (member.name.toLowerCase() === 'message') messageName = member.wire
    else if (given[member.name] === undefined) continue
    else if (member.place === 'header') headers.push([member.wire, String(given[member.name])])
    else body[member.wire] = given[member.name]
  }
  if (shape === undefined) Object.assign(body, error.members)
  body[messageName] = error.message
  return { code: error.code, queryCode: shape?.error?.queryCode, status, body, headers }
}
