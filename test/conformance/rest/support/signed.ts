import { Headers } from '#http/headers.ts'
import { sign, type SigningKeys, type SigningScope } from '#aws/sigv4.ts'
import type { Caller, CallerPolicies, KnownKey } from '#base/caller.ts'
import { ACCOUNT, REGION, STAGE } from './definition.ts'
import { hostOf } from './house.ts'
import type { RawRequest } from './raw-http.ts'

export const SCOPE: SigningScope = { region: REGION, service: 'execute-api' }

/** A user's key; its secret is told by its id. */
export function userKey(
  accessKeyId: string,
  policies: Partial<CallerPolicies> & { readonly allow?: string; readonly deny?: string } = {},
  more: Partial<Caller> = {},
): KnownKey {
  const { allow, deny, identity = [], ...bounds } = policies
  const account = more.account ?? ACCOUNT
  const documents = [
    ...(allow === undefined ? [] : [document('Allow', allow)]),
    ...(deny === undefined ? [] : [document('Deny', deny)]),
  ]
  return {
    secret: secretOf(accessKeyId),
    caller: {
      accessKeyId,
      account,
      arn: `arn:aws:iam::${account}:user/${accessKeyId}`,
      userId: `AIDA${accessKeyId}`,
      type: 'User',
      userName: accessKeyId,
      tags: {},
      ...more,
      policies: {
        identity: [
          ...identity,
          ...documents.map((text) => ({ id: 'p', source: 'user' as const, document: text })),
        ],
        ...bounds,
      },
    },
  }
}

/** A policy about `execute-api:Invoke`. */
export function document(effect: 'Allow' | 'Deny', resource: string, principal?: unknown): string {
  const statement = { Effect: effect, Action: 'execute-api:Invoke', Resource: resource }
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: [principal === undefined ? statement : { ...statement, Principal: principal }],
  })
}

export function secretOf(accessKeyId: string): string {
  return `the secret of ${accessKeyId}`
}

export interface SignedRequest extends RawRequest {
  readonly keys?: Partial<SigningKeys>
  readonly scope?: Partial<SigningScope>
  /** Epoch milliseconds. */
  readonly at?: number
}

/** A request for an API, signed; targets are below the stage. */
export function signed(
  apiId: string,
  accessKeyId: string,
  { keys, scope, at = Date.now(), ...request }: SignedRequest,
): RawRequest & { readonly headers: readonly string[] } {
  const target = request.target.startsWith('raw:') ? request.target.slice(4) : `/${STAGE}${request.target}`
  const headers = new Headers(['Host', hostOf(apiId)])
  for (const line of request.headers ?? []) {
    const colon = line.indexOf(':')
    headers.add(line.slice(0, colon), line.slice(colon + 1).trim())
  }
  const { method = 'GET', body = request.chunks?.join('') ?? '' } = request
  sign(
    { method, target, headers, body: Buffer.from(body, 'latin1') },
    { accessKeyId, secretAccessKey: secretOf(accessKeyId), ...keys },
    { ...SCOPE, ...scope },
    at,
  )
  const lines = [...headers].filter(([name]) => name !== 'Host').map(([name, value]) => `${name}: ${value}`)
  return { ...request, target: `raw:${target}`, headers: lines }
}
