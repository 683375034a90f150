import type { StatementVerdict } from '#languages/policy/why.ts'

/** What `POST /_gatehouse/who-can` answers. */
export interface Verdict {
  /** `depends`: on what `needs` names. */
  readonly decision: 'allow' | 'deny' | 'depends'
  readonly reason: string
  /** The statement that decided, where one did. */
  readonly statement?: DecidingStatement | undefined
  /** What the client is answered. */
  readonly answer?:
    | { readonly status: number; readonly type: string; readonly message: string | null }
    | undefined
  /** The deployed method that the URL leads to. */
  readonly method?: AskedMethod | undefined
  /** What policies are asked about. */
  readonly resource?: string | undefined
  readonly caller: string
  /** What else a call has to have. */
  readonly needs: readonly string[]
  readonly notes: readonly string[]
  /** Every policy that has a say, with what each of its statements has to do with the call. */
  readonly policies: readonly AskedPolicy[]
  /** Where nobody was named and the method is for those who sign: who may. */
  readonly principals?: readonly AskedPrincipal[] | undefined
}

export interface DecidingStatement {
  readonly policy: string
  readonly index: number
  readonly sid?: string | undefined
  readonly effect: 'Allow' | 'Deny'
  readonly line?: number | undefined
}

export interface AskedMethod {
  readonly apiId: string
  readonly stage: string
  readonly deploymentId: string
  readonly httpMethod: string
  readonly resourcePath: string
  readonly authorizationType: string
}

export interface AskedPolicy {
  readonly name: string
  /** Undefined: it cannot be read, and denies everything. */
  readonly statements: readonly StatementVerdict[] | undefined
}

export interface AskedPrincipal {
  readonly arn: string
  readonly decision: 'allow' | 'deny'
  readonly reason: string
}
