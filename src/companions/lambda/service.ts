import type { AwsService } from '#aws/call.ts'
import { defineService } from '#aws/define-service.ts'
import type { LambdaOperations } from '#aws/tables/lambda.ts'
import type { Clock } from '#base/clock.ts'
import type { Log } from '#base/log.ts'
import { createMutex } from '#base/mutex.ts'
import { createHttpClient } from '#http/client.ts'
import type { Store } from '#store/store.ts'
import { CodeFolders } from './code-folders.ts'
import type { FunctionSurroundings } from './environment.ts'
import { LambdaExecutor } from './executor.ts'
import { RecentFunctionLogs } from './function-log.ts'
import { functionOperations } from './function-operations.ts'
import { functionKind } from './function-record.ts'
import { Functions, type InvokingRoles } from './functions.ts'
import { invokeOperation } from './invoke-operation.ts'
import type { ExecutionLimits } from './limits.ts'
import type { OperationsContext } from './operations-context.ts'
import { permissionOperations } from './permission-operations.ts'
import { RemoteFunctions, type RemoteFunctionsOptions } from './remote-functions.ts'
import { RetriedInvocations } from './retried-invocations.ts'
import { streamingOperation } from './streaming-operation.ts'

export interface LambdaOptions {
  readonly store: Store
  readonly clock: Clock
  readonly log: Log
  /** Where unpacked code is kept; it may be removed while the gateway is stopped. */
  readonly cacheFolder: string
  /** Whether functions may be folders of this machine, run where they are. */
  readonly allowLocalFolders: boolean
  /** Whether services need the permission that AddPermission gives; off by default. */
  readonly enforcePermissions?: boolean | undefined
  /** What roles may, where that is asked; undefined: they are taken at their word. */
  readonly roles?: InvokingRoles | undefined
  readonly surroundings?: FunctionSurroundings | undefined
  readonly limits?: Partial<ExecutionLimits> | undefined
  /** Another Lambda, where functions that are unknown here are invoked. */
  readonly forwardTo?: Pick<RemoteFunctionsOptions, 'endpoint' | 'keys'> | undefined
}

export interface Lambda {
  /** Lambda's own API, to be mounted. */
  readonly service: AwsService
  /** Invocations by other services of the gateway. */
  readonly functions: Pick<Functions, 'invoke' | 'invokeStreaming'>
  /** The latest lines of each function's log. */
  readonly logs: Pick<RecentFunctionLogs, 'read'>
  /** Processes of functions at present. */
  readonly processes: () => number
  /** Lets running functions finish for `graceMs`, then ends every process. */
  stop(options?: { graceMs?: number }): Promise<void>
}

/**
 * Lambda, whole: its API, and functions run in processes of their own.
 * @throws Error when `forwardTo` names no http or https endpoint
 */
export async function createLambda(options: LambdaOptions): Promise<Lambda> {
  const { store, clock, log } = options
  const logs = new RecentFunctionLogs(log)
  const codeFolders = new CodeFolders(options.cacheFolder)
  const client = createHttpClient()
  const remote = options.forwardTo && new RemoteFunctions({ ...options.forwardTo, client, clock })
  const executor = new LambdaExecutor({ ...options, functionLog: logs })
  const retried = new RetriedInvocations(log)
  const functions = new Functions({
    store,
    executor,
    codeFolders,
    remote,
    retried,
    enforcePermissions: options.enforcePermissions ?? false,
    roles: options.roles,
  })
  await codeFolders.prune(await neededCode(store))
  const context: OperationsContext = {
    store,
    clock,
    log,
    functions,
    codeFolders,
    allowLocalFolders: options.allowLocalFolders,
    codeWrites: createMutex(),
  }
  return {
    service: createLambdaService(context),
    functions,
    logs,
    processes: () => executor.processes,
    async stop(stopping = {}) {
      retried.stop()
      functions.stop()
      await executor.stop(stopping)
      client.close()
    },
  }
}

/** Lambda's operations over what they work with. */
export function createLambdaService(context: OperationsContext): AwsService {
  return defineService<LambdaOperations>(
    'lambda',
    {
      ...functionOperations(context),
      ...permissionOperations(context),
      ...invokeOperation(context),
    },
    streamingOperation(context),
  )
}

async function neededCode(store: Store): Promise<Set<string>> {
  const needed = new Set<string>()
  for (const { value } of await store.scan(functionKind)) {
    if (value.code.kind === 'zip') needed.add(value.code.sha256)
  }
  return needed
}
