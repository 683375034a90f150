import type { RunningGateway } from '../support/gateway.ts'
import type { Json } from '../support/apis.ts'
import { apiKeyRow } from './api-key.ts'
import { iamRow } from './iam.ts'
import { luaKeyRow } from './nginx-lua.ts'
import { manyTokensRow } from './many-tokens.ts'
import { newTokenRow, userPoolRow } from './user-pool.ts'
import { lambdaAuthorizerRow, manyIdentitiesRow } from './lambda-authorizer.ts'

/** A way to keep callers out, and what it may cost a request that comes in. */
export interface AuthRow {
  readonly name: string
  readonly title: string
  /** µs of CPU more than the same route without it. */
  readonly addedUsMax: number
  /** What has to be there before the gateway starts. */
  begin?(): Promise<Begun>
  prepare?(gateway: RunningGateway): Promise<Prepared>
}

export interface Begun {
  /** Further words of the gateway's command. */
  readonly words: readonly string[]
  readonly prepared: Prepared
  stop(): Promise<void>
}

/** What others take to keep callers out. */
export interface PeerRow {
  readonly name: string
  readonly title: string
  /** What is missing to run it here, if anything. */
  missing(): string | undefined
  start(): Promise<Guarded>
}

/** A server with the same answer at two addresses. */
export interface Guarded {
  readonly pid: number
  readonly open: string
  /** Where callers are looked at. */
  readonly guarded: string
  /** Header lines of a request that is let in; both addresses are sent them. */
  readonly headers: readonly string[]
  /** Lines of Lua for wrk, where requests differ. */
  readonly lua?: string | undefined
  /** How long the guarded address is asked before it is measured. */
  readonly warmUpSeconds?: number | undefined
  stop(): Promise<void>
}

export interface Prepared {
  /** Of the guarded operation: `security`, `x-amazon-apigateway-auth` and the like. */
  readonly operation: Json
  /** Of the document: `components.securitySchemes`, policies. */
  readonly document: Json
  /** Header lines of a request that is let in. */
  readonly headers: readonly string[]
  /** Lines of Lua for wrk, where requests differ. */
  readonly lua?: string | undefined
  /** How long the guarded route is asked before it is measured. */
  readonly warmUpSeconds?: number | undefined
  /** Called with the API's id before it is asked, as for permissions. */
  readonly deployed?: ((apiId: string) => Promise<void>) | undefined
}

export const AUTH_ROWS: readonly (AuthRow | PeerRow)[] = [
  lambdaAuthorizerRow,
  manyIdentitiesRow,
  iamRow,
  userPoolRow,
  manyTokensRow,
  newTokenRow,
  apiKeyRow,
  luaKeyRow,
]
