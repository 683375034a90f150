import { compileCaller, type SignedCaller } from '#data-plane/authorizers/signed-caller.ts'
import { CallContext } from '#data-plane/call-context.ts'
import type { Exchange } from '#data-plane/exchange.ts'
import { authorize, type Authorization } from '#languages/policy/authorize.ts'
import { compilePolicy, type EvaluatePolicy } from '#languages/policy/compile.ts'
import type { Policy } from '#languages/policy/document.ts'
import { expandExecuteApi } from '#languages/policy/execute-api.ts'
import { policyKinds, type PolicyKind } from '#languages/policy/kinds.ts'
import { readPolicy } from '#languages/policy/read.ts'
import type { PolicyRequest } from '#languages/policy/request.ts'
import { whyPolicy } from '#languages/policy/why.ts'
import type { AskedPlace, Guard } from './asked-place.ts'
import type { NamedCaller } from './named-caller.ts'
import type { AskedPolicy, DecidingStatement } from './verdict.ts'

/** A policy with a say in a call. */
interface NamedPolicy {
  readonly name: string
  /** Undefined: it cannot be read. */
  readonly policy: Policy | undefined
}

/** The policies of one call. */
export class AskedPolicies {
  readonly isSigned: boolean
  readonly request: PolicyRequest
  readonly #resource: NamedPolicy | undefined
  readonly #identity: readonly NamedPolicy[]
  readonly #boundary: NamedPolicy | undefined
  readonly #session: readonly NamedPolicy[] | undefined
  readonly #account: string

  constructor(
    { apiArn, policy, plan: { account }, placeOf }: AskedPlace,
    exchange: Exchange,
    guard: Guard | undefined,
    caller: NamedCaller | undefined,
  ) {
    this.isSigned = caller !== undefined && guard?.authorizationType === 'AWS_IAM'
    this.#account = account
    const signed: SignedCaller | undefined =
      this.isSigned && caller !== undefined ? compileCaller(caller, () => () => SILENT) : undefined
    this.request = {
      principal: signed?.principal ?? {},
      action: 'execute-api:Invoke',
      resource: `${apiArn}/${placeOf(exchange)}`,
      context: new CallContext(exchange, signed?.context),
    }
    this.#resource =
      policy === '' ? undefined : named("the API's resource policy", policy, policyKinds.resource, apiArn)
    const { identity = [], boundary, session } = (this.isSigned && caller?.caller.policies) || {}
    this.#identity = identity.map(({ id, document }) => named(id, document, policyKinds.identity))
    this.#boundary =
      boundary === undefined ? undefined : named('the permissions boundary', boundary, policyKinds.identity)
    this.#session = session?.map((document, at) =>
      named(`session policy ${at}`, document, policyKinds.identity),
    )
  }

  get hasResourcePolicy(): boolean {
    return this.#resource !== undefined
  }

  told(): AskedPolicy[] {
    return this.#all().map(({ name, policy }) => ({
      name,
      statements: policy && whyPolicy(policy, this.request),
    }))
  }

  /** Undefined where no statement decided: nothing allowed it, or an authorizer did. */
  deciding(): DecidingStatement | undefined {
    if (this.isSigned) return this.#ofSigned()
    if (this.#resource?.policy === undefined) return undefined
    return shown(this.#resource.name, compilePolicy(this.#resource.policy)(this.request).statement)
  }

  #ofSigned(): DecidingStatement | undefined {
    const { source, policy, statement } = authorize(
      {
        identity: this.#identity.map(evaluator),
        resource: this.#resource && evaluator(this.#resource),
        boundary: this.#boundary && evaluator(this.#boundary),
        session: this.#session?.map(evaluator),
      },
      this.request,
      this.#account,
    )
    const bySource: Readonly<Record<Authorization['source'], readonly (NamedPolicy | undefined)[]>> = {
      identity: this.#identity,
      resource: [this.#resource],
      boundary: [this.#boundary],
      session: this.#session ?? [],
      organization: [],
    }
    return shown(bySource[source][policy ?? 0]?.name ?? source, statement)
  }

  #all(): NamedPolicy[] {
    return [this.#resource, ...this.#identity, this.#boundary, ...(this.#session ?? [])].filter(
      (policy) => policy !== undefined,
    )
  }
}

const SILENT = { decision: 'implicit-deny', statement: undefined, grant: 'none' } as const
const DENY_ALL = { decision: 'explicit-deny', statement: undefined, grant: 'none' } as const

function named(name: string, text: string, kind: PolicyKind, apiArn = ''): NamedPolicy {
  return { name, policy: readPolicy(text, kind, { expandResource: expandExecuteApi(apiArn) }).policy }
}

/** What cannot be read denies everything, as where requests are served. */
function evaluator({ policy }: NamedPolicy): EvaluatePolicy {
  return policy === undefined ? () => DENY_ALL : compilePolicy(policy)
}

function shown(policy: string, statement: Authorization['statement']): DecidingStatement | undefined {
  if (statement === undefined) return undefined
  const { index, sid, effect, line } = statement
  return { policy, index, sid, effect, line }
}
