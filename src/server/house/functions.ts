import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RemoteFunctionsOptions } from '#companions/lambda/remote-functions.ts'
import { createLambda, type Lambda } from '#companions/lambda/service.ts'
import type { Config } from '../config.ts'
import type { Foundation } from './foundation.ts'

/** The Lambda of the house, or the way to another one. */
export async function createFunctions(foundation: Foundation): Promise<Lambda> {
  const { config, started, store, clock, log, identities, aws, address, localFolders } = foundation
  const { lambdaEndpoint, lambdaPermissions, credentials } = config
  const keys: RemoteFunctionsOptions['keys'] = ({ region, ...caller }) =>
    aws.keys(aws.endpoint('lambda', region), caller)
  const lambda = await createLambda({
    store,
    clock,
    log,
    cacheFolder: codeFolder(config),
    allowLocalFolders: localFolders,
    enforcePermissions:
      lambdaPermissions === 'enforce' || (lambdaPermissions === 'auto' && credentials.length > 0),
    roles: identities.roles,
    surroundings: { endpointUrl: () => address.url },
    forwardTo: lambdaEndpoint === undefined ? undefined : { endpoint: lambdaEndpoint, keys },
  })
  started.push(() => stopLambda(lambda, config))
  return lambda
}

async function stopLambda(lambda: Lambda, config: Config): Promise<void> {
  await lambda.stop({ graceMs: FUNCTIONS_GRACE_MS })
  if (config.dataDir === ':memory:') await rm(codeFolder(config), { recursive: true, force: true })
}

/** What a function may still do after the server has answered its last request. */
const FUNCTIONS_GRACE_MS = 1000

/** Unpacked functions; what is kept nowhere is unpacked into a folder of this process. */
function codeFolder({ dataDir }: Config): string {
  return dataDir === ':memory:' ? join(tmpdir(), `gatehouse-${process.pid}`) : join(dataDir, 'functions')
}
