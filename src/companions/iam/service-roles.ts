import type { Clock } from '#base/clock.ts'
import { authorize, type PolicySet } from '#languages/policy/authorize.ts'
import type { EvaluatePolicy } from '#languages/policy/compile.ts'
import { callerKeys, principalOf, timeKeys } from '#languages/policy/caller.ts'
import { denialText } from '#languages/policy/denial.ts'
import { requestContext, type RequestContext, type RequestPrincipal } from '#languages/policy/request.ts'
import type { Store } from '#store/store.ts'
import { policySet } from './authorize-call.ts'
import type { Callers } from './callers.ts'
import { compileDocument } from './policy-document.ts'
import { iamKinds, nameKey, roleKind } from './records.ts'

/** What a service wants to do in the name of a role. */
export interface RoleUse {
  readonly roleArn: string
  /** `apigateway.amazonaws.com` */
  readonly service: string
  /** `lambda:InvokeFunction` */
  readonly action: string
  /** An ARN. */
  readonly resource: string
  /** For which of its resources the service acts. */
  readonly sourceArn: string
  readonly sourceAccount: string
}

/** `role-not-assumed`: its trust policy does not let the service in, or there is no such role. */
export interface RoleUseRefusal {
  readonly reason: 'role-not-assumed' | 'access-denied'
  readonly message: string
}

interface KnownRole {
  readonly trust: EvaluatePolicy
  readonly policies: PolicySet
  readonly arn: string
  readonly principal: RequestPrincipal
  readonly keys: Readonly<Record<string, string | readonly string[] | undefined>>
}

export interface ServiceRolesOptions {
  readonly store: Store
  readonly callers: Pick<Callers, 'ofPrincipal'>
  readonly clock: Clock
}

/** Roles that are kept ready; when there are more, all are read anew. */
const rolesMax = 1000
/** The name that API Gateway's sessions have in CloudTrail. */
const SESSION_NAME = 'BackplaneAssumeRoleSession'
const ROLE_ARN = /^arn:aws:iam::(\d{12}):role\/(?:[!-~]+\/)?([\w+=,.@-]+)$/

/**
 * What services may do as roles of this house: the role's trust policy has to let the service in, and its own policies
 * have to allow what is done then. IAM User Guide, "Create a role to delegate permissions to an AWS service".
 */
export class ServiceRoles {
  readonly #options: ServiceRolesOptions
  /** By ARN; null: there is none. */
  #known = new Map<string, KnownRole | null>()
  readonly #unwatch: () => void

  constructor(options: ServiceRolesOptions) {
    this.#options = options
    this.#unwatch = options.store.watch((changes) => {
      const concerns = changes.some(
        ({ kind, operation }) => operation === 'clear' || kind.startsWith(iamKinds),
      )
      // What is being read is of before the change, and is kept where nobody looks any more.
      if (concerns) this.#known = new Map()
    })
  }

  stop(): void {
    this.#unwatch()
  }

  /** @returns undefined when nothing speaks against it; a promise only where the role was not read yet */
  refusal(use: RoleUse): RoleUseRefusal | undefined | Promise<RoleUseRefusal | undefined> {
    const known = this.#known.get(use.roleArn)
    const decided = (role: KnownRole | null): RoleUseRefusal | undefined => this.#decide(use, role)
    return known === undefined ? this.#read(use.roleArn).then(decided) : decided(known)
  }

  #decide(use: RoleUse, role: KnownRole | null): RoleUseRefusal | undefined {
    const { roleArn, service, action, resource, sourceArn, sourceAccount } = use
    const time = timeKeys(this.#options.clock.now())
    const source = { ...time, 'aws:SourceArn': sourceArn, 'aws:SourceAccount': sourceAccount }
    const assume = { action: 'sts:AssumeRole', resource: roleArn, context: requestContext(source) }
    if (role?.trust({ ...assume, principal: { service } }).decision !== 'allow') {
      const why = role === null ? 'there is no such role' : `its trust policy does not let ${service} in`
      return { reason: 'role-not-assumed', message: `${roleArn}: ${why}` }
    }
    const { policies, principal, keys, arn } = role
    const context: RequestContext = requestContext({ ...keys, ...time })
    const found = authorize(policies, { principal, action, resource, context }, principal.account ?? '')
    if (found.decision === 'allow') return undefined
    return { reason: 'access-denied', message: denialText(arn, action, resource, found) }
  }

  async #read(roleArn: string): Promise<KnownRole | null> {
    const places = this.#known
    const role = await this.#find(roleArn)
    if (places.size >= rolesMax) places.clear()
    places.set(roleArn, role)
    return role
  }

  async #find(roleArn: string): Promise<KnownRole | null> {
    const { store, callers } = this.#options
    const [, account = '', name = ''] = ROLE_ARN.exec(roleArn) ?? []
    const record = (await store.read(roleKind, nameKey(account, name)))?.value
    const caller = await callers.ofPrincipal(account, 'role', name, SESSION_NAME)
    if (record === undefined || caller?.roleArn !== roleArn) return null
    return {
      trust: compileDocument(record.trust, 'trust'),
      policies: policySet(caller),
      arn: caller.arn,
      principal: principalOf(caller),
      keys: callerKeys(caller),
    }
  }
}
