import { WholeBody } from '#http/body.ts'
import {
  FunctionFailed,
  LambdaInvokeError,
  type AnswerStream,
  type FunctionDefinition,
  type InvocationResult,
} from './definition.ts'
import type { CodeFolders } from './code-folders.ts'
import type { LambdaExecutor } from './executor.ts'
import { functionArn, parseFunctionArn, type FunctionName } from './function-name.ts'
import { functionKey, functionKind, LATEST, policyKind, type FunctionRecord } from './function-record.ts'
import type { RetriedInvocations } from './retried-invocations.ts'
import type { RemoteFunctions } from './remote-functions.ts'
import { allowsInvocation, type PolicyStatement } from './resource-policy.ts'
import type { Change, Store } from '#store/store.ts'

/** An invocation by a service of the gateway itself. */
export interface ServiceInvocation {
  /** ARN with optional qualifier. */
  readonly functionArn: string
  /** JSON text in UTF-8. */
  readonly payload: Uint8Array
  readonly invocationType: 'RequestResponse' | 'Event' | 'DryRun'
  /** Who asks, for the function's resource policy. */
  readonly principal: string
  readonly sourceArn: string
  readonly sourceAccount: string
  /** The role that asks in the service's place: what it may is a matter of its own policies. */
  readonly roleArn?: string | undefined
  /** Who asks in the service's place. */
  readonly caller?: InvokingCaller | undefined
  /** Calls `listener` when the caller no longer wants the answer. */
  readonly onCancel?: ((listener: () => void) => void) | undefined
}

export interface InvokingCaller {
  readonly arn: string
  /** 12 digits. */
  readonly account: string
  /** Why its own policies do not let it; undefined: they do. */
  readonly refusal: string | undefined
}

/** Who may act in the name of a role, and what the role may do then. */
export interface InvokingRoles {
  /** Undefined where nothing speaks against it. A promise only where the role was not looked up yet. */
  refusal(use: RoleInvocation): RoleRefusal | undefined | Promise<RoleRefusal | undefined>
}

export interface RoleInvocation {
  readonly roleArn: string
  /** `apigateway.amazonaws.com` */
  readonly service: string
  /** `lambda:InvokeFunction` */
  readonly action: string
  readonly resource: string
  readonly sourceArn: string
  readonly sourceAccount: string
}

export interface RoleRefusal {
  readonly reason: 'role-not-assumed' | 'access-denied'
  readonly message: string
}

export interface ServiceInvocationResult {
  readonly payload: Uint8Array
  readonly functionError?: 'Unhandled' | undefined
}

/** How a function is run for somebody whose right to do so was looked at. */
export interface FunctionRun {
  readonly payload: Uint8Array
  /** DryRun: it is looked at whether it could be, and nothing is run. */
  readonly invocationType: 'RequestResponse' | 'Event' | 'DryRun'
  readonly roleArn?: string | undefined
  readonly clientContext?: string | undefined
  readonly tail?: boolean | undefined
  readonly onCancel?: ((listener: () => void) => void) | undefined
  /** The answer is wanted as it comes; see `InvocationRequest`. */
  readonly onStream?: ((stream: AnswerStream) => void) | undefined
}

/** What is known of a function, kept so that a warm invocation reads no store. */
interface KnownFunction {
  readonly definition: FunctionDefinition
  readonly statements: readonly PolicyStatement[]
  /** Source ARN and account → whether the policy lets it in. */
  readonly verdicts: Map<string, boolean>
}

export interface FunctionsOptions {
  readonly store: Store
  readonly executor: LambdaExecutor
  readonly codeFolders: CodeFolders
  /** Where functions that are not here are invoked. */
  readonly remote: RemoteFunctions | undefined
  readonly retried: RetriedInvocations
  /** Whether services need the permission that AddPermission gives. */
  readonly enforcePermissions: boolean
  /** Undefined: roles are taken at their word. */
  readonly roles?: InvokingRoles | undefined
}

const VERDICTS_MAX = 1000
const EMPTY = new Uint8Array(0)

/** The functions of this gateway, ready to be run. */
export class Functions {
  readonly #options: FunctionsOptions
  /** By unqualified ARN. */
  readonly #known = new Map<string, KnownFunction>()
  readonly #unwatch: () => void
  /** Grows with every change: what was read before one must not be kept after it. */
  #changes = 0
  /** Grows with every look at the store. */
  #sequence = 0

  constructor(options: FunctionsOptions) {
    this.#options = options
    this.#unwatch = options.store.watch((changes) => this.#changed(changes))
  }

  stop(): void {
    this.#unwatch()
  }

  /**
   * Invokes a function for a service such as API Gateway.
   * @throws LambdaInvokeError when it was not run
   */
  invoke(call: ServiceInvocation): Promise<ServiceInvocationResult> {
    return this.#invoke(call)
  }

  /**
   * Invokes a function for a service and gives its answer as it comes. One that does not answer in pieces comes whole.
   * @throws LambdaInvokeError when it was not run; FunctionFailed when it failed before it began to answer
   */
  async invokeStreaming(call: ServiceInvocation): Promise<AnswerStream> {
    const { promise: begun, resolve: onStream } = Promise.withResolvers<AnswerStream>()
    const result = this.#invoke({ ...call, onStream })
    const whole = result.then(({ payload, functionError }): AnswerStream => {
      if (functionError !== undefined) throw new FunctionFailed(payload)
      return { contentType: 'application/json', body: new WholeBody(payload) }
    })
    return Promise.race([begun, whole])
  }

  #invoke(call: ServiceInvocation & FunctionRun): Promise<ServiceInvocationResult> {
    const name = parseFunctionArn(call.functionArn)
    if (name === undefined) {
      return Promise.reject(
        new LambdaInvokeError('not-found', `not the ARN of a function: ${call.functionArn}`),
      )
    }
    const known = this.#known.get(functionArn(name))
    return known === undefined ? this.#invokeUnknown(name, call) : this.#invokeKnown(known, name, call)
  }

  async #invokeUnknown(
    name: FunctionName,
    call: ServiceInvocation & FunctionRun,
  ): Promise<ServiceInvocationResult> {
    const known = await this.#load(name)
    if (known !== undefined) return this.#invokeKnown(known, name, call)
    // It would be invoked with the gateway's own keys, which may do more.
    if (call.caller !== undefined && this.#options.remote !== undefined) {
      throw new LambdaInvokeError(
        'access-denied',
        `${call.functionArn} is not here, and another Lambda does not know ${call.caller.arn}: name a role in credentials`,
      )
    }
    return this.#runRemotely(call.functionArn, name, call)
  }

  async #invokeKnown(
    known: KnownFunction,
    name: FunctionName,
    call: ServiceInvocation & FunctionRun,
  ): Promise<ServiceInvocationResult> {
    if (this.#options.enforcePermissions) {
      const found = this.#refusal(known, name, call)
      const refusal = found instanceof Promise ? await found : found
      if (refusal !== undefined) throw new LambdaInvokeError(refusal.reason, refusal.message)
    }
    return this.#run(known, name, call.functionArn, call)
  }

  /** Why an invocation is none of who asks for it; undefined where it is. */
  #refusal(
    known: KnownFunction,
    name: FunctionName,
    call: ServiceInvocation,
  ): RoleRefusal | undefined | Promise<RoleRefusal | undefined> {
    const { caller, roleArn, functionArn: resource, sourceArn, sourceAccount, principal: service } = call
    if (caller !== undefined) return refusalOfCaller(known, name, call, caller)
    if (roleArn === undefined) {
      return allows(known, name, call)
        ? undefined
        : denied(
            `${service} may not invoke ${resource} for ${sourceArn}: no statement of the function's resource policy allows it; lambda add-permission adds one`,
          )
    }
    const action = 'lambda:InvokeFunction'
    const use = { roleArn, service, action, resource, sourceArn, sourceAccount }
    const refusal = this.#options.roles?.refusal(use)
    const isOwn = roleArn.split(':')[4] === name.account
    const besides = (of: RoleRefusal | undefined): RoleRefusal | undefined =>
      of ??
      (isOwn || this.#options.roles === undefined ? undefined : refusalOfStranger(known, name, call, roleArn))
    return refusal instanceof Promise ? refusal.then(besides) : besides(refusal)
  }

  /**
   * Runs a function, whoever asks.
   * @throws LambdaInvokeError when it was not run
   */
  async run(
    name: FunctionName,
    run: FunctionRun,
  ): Promise<ServiceInvocationResult & Partial<InvocationResult>> {
    const arn = functionArn(name, name.qualifier)
    const known = this.#known.get(functionArn(name)) ?? (await this.#load(name))
    return known === undefined ? this.#runRemotely(arn, name, run) : this.#run(known, name, arn, run)
  }

  /** What is known of a function, or undefined when it is not here. */
  async find(
    name: Pick<FunctionName, 'account' | 'region' | 'name'>,
  ): Promise<
    { readonly definition: FunctionDefinition; readonly statements: readonly PolicyStatement[] } | undefined
  > {
    return this.#known.get(functionArn(name)) ?? (await this.#load(name))
  }

  #run(
    known: KnownFunction,
    name: FunctionName,
    invokedArn: string,
    { payload, invocationType, clientContext, tail, onCancel, onStream }: FunctionRun,
  ): Promise<InvocationResult> | { payload: Uint8Array } {
    if (name.qualifier !== undefined && name.qualifier !== known.definition.version) {
      throw new LambdaInvokeError('not-found', `Function not found: ${invokedArn}`)
    }
    if (invocationType === 'DryRun') return { payload: EMPTY }
    const { executor, retried } = this.#options
    if (invocationType === 'RequestResponse') {
      return executor.invoke(known.definition, {
        payload,
        invokedArn,
        clientContext,
        tail,
        onCancel,
        onStream,
      })
    }
    retried.start(known.definition.arn, () =>
      executor.invoke(known.definition, { payload, invokedArn, clientContext }),
    )
    return { payload: EMPTY }
  }

  async #runRemotely(arn: string, name: FunctionName, run: FunctionRun): Promise<ServiceInvocationResult> {
    const { remote } = this.#options
    if (remote === undefined) {
      throw new LambdaInvokeError(
        'not-found',
        `Function not found: ${functionArn(name, name.qualifier ?? LATEST)}`,
      )
    }
    return remote.invoke(arn, name, run)
  }

  async #load(name: Pick<FunctionName, 'account' | 'region' | 'name'>): Promise<KnownFunction | undefined> {
    const { store } = this.#options
    const before = this.#changes
    const sequence = ++this.#sequence
    const key = functionKey(name)
    const [record, policy] = await Promise.all([store.read(functionKind, key), store.read(policyKind, key)])
    if (record === undefined) return undefined
    const known: KnownFunction = {
      definition: this.#definition(name, record.value, sequence),
      statements: policy?.value.statements ?? [],
      verdicts: new Map(),
    }
    if (before === this.#changes) this.#known.set(known.definition.arn, known)
    return known
  }

  #definition(
    { account, region, name }: Pick<FunctionName, 'account' | 'region' | 'name'>,
    record: FunctionRecord,
    sequence: number,
  ): FunctionDefinition {
    const { code } = record
    const { store, codeFolders } = this.#options
    return {
      account,
      region,
      name,
      arn: functionArn({ account, region, name }),
      version: LATEST,
      revisionId: record.revisionId,
      sequence,
      runtime: record.runtime,
      handler: record.handler,
      timeoutMs: record.timeoutSeconds * 1000,
      memoryMb: record.memoryMb,
      environment: record.environment ?? {},
      logGroup: record.logging.LogGroup ?? `/aws/lambda/${name}`,
      logFormat: record.logging.LogFormat ?? 'Text',
      logLevel: record.logging.ApplicationLogLevel,
      watchedFolder: code.kind === 'folder' ? code.path : undefined,
      codeFolder:
        code.kind === 'folder'
          ? () => Promise.resolve(code.path)
          : () =>
              codeFolders.folderOf(code.sha256, async () => {
                const zip = await store.readBlob(code.sha256)
                if (zip === undefined) throw new Error(`the code of ${name} is missing from the store`)
                return zip
              }),
    }
  }

  async #changed(changes: readonly Change[]): Promise<void> {
    for (const { kind, key, operation } of changes) {
      if (kind === '*') {
        this.#changes++
        this.#options.executor.removeAll()
        this.#known.clear()
        continue
      }
      if (kind !== functionKind.name && kind !== policyKind.name) continue
      this.#changes++
      const name = { account: key.account, region: key.region, name: key.id }
      const arn = functionArn(name)
      const known = this.#known.get(arn)
      this.#known.delete(arn)
      if (kind !== functionKind.name) continue
      if (operation === 'delete') this.#options.executor.remove(arn)
      else if (known !== undefined) {
        // Who waits for the commit may count on the new code from then on.
        const current = await this.#load(name)
        if (current !== undefined) this.#options.executor.replace(current.definition)
      }
    }
  }
}

/** Who has no right of its own has none; a function of another account must let it in besides. */
function refusalOfCaller(
  known: KnownFunction,
  name: FunctionName,
  call: ServiceInvocation,
  { arn, account, refusal }: InvokingCaller,
): RoleRefusal | undefined {
  if (refusal !== undefined) return denied(refusal)
  return account === name.account ? undefined : refusalOfStranger(known, name, call, arn)
}

/** Of another account. */
function refusalOfStranger(
  known: KnownFunction,
  name: FunctionName,
  call: ServiceInvocation,
  arn: string,
): RoleRefusal | undefined {
  if (allows(known, name, { ...call, principal: arn })) return undefined
  return denied(
    `User: ${arn} is not authorized to perform: lambda:InvokeFunction on resource: ${call.functionArn} because no resource-based policy allows the lambda:InvokeFunction action`,
  )
}

function denied(message: string): RoleRefusal {
  return { reason: 'access-denied', message }
}

function allows(known: KnownFunction, name: FunctionName, source: ServiceInvocation): boolean {
  const key = `${source.principal} ${source.sourceAccount} ${source.sourceArn}`
  let verdict = known.verdicts.get(key)
  if (verdict === undefined) {
    verdict = allowsInvocation(known.statements, functionArn(name), source)
    if (known.verdicts.size >= VERDICTS_MAX) known.verdicts.clear()
    known.verdicts.set(key, verdict)
  }
  return verdict
}
