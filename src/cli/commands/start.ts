import { settingFlags, settings } from '../settings.ts'
import { parseArguments, UsageError } from '../arguments.ts'
import { startGateway, type Gateway } from '#server/server.ts'
import { version } from '#server/version.ts'

/** `gatehouse start [FOLDER|OPENAPI]`: serves until it is told to stop. */
export async function run(texts: readonly string[]): Promise<number> {
  const parsed = parseArguments(texts, settingFlags())
  if (parsed.words.length > 1) {
    throw new UsageError(`start takes one folder or document, found ${parsed.words.join(' ')}`)
  }
  const config = await settings(parsed)
  const gateway = await startGateway(config)
  console.log(`Gatehouse ${version} is listening on ${gateway.url}`)

  const [path] = parsed.words
  let stopProject = async (): Promise<void> => {}
  const stopped = untilStopped(gateway, () => stopProject())
  if (path !== undefined) {
    try {
      stopProject = await startProject(gateway, path)
    } catch (error) {
      await gateway.stop()
      throw error
    }
  }
  await stopped
  return 0
}

async function startProject(gateway: Gateway, path: string): Promise<() => Promise<void>> {
  const { describeDeployment, runProject } = await import('#project/run-project.ts')
  let first = true
  return runProject({
    path,
    caller: gateway.caller,
    account: gateway.config.accountId,
    region: gateway.config.region,
    log: gateway.log,
    deployed(project) {
      if (first)
        console.log(
          `\n${describeDeployment(project, gateway.url)}\nEdit and save: it is deployed again. Ctrl-C stops.`,
        )
      else gateway.log.info('deployed', { api: project.apiId, stage: project.stage })
      first = false
    },
  })
}

/** Resolves once everything has ended after SIGINT or SIGTERM; the second signal does not wait. */
function untilStopped(gateway: Gateway, stopProject: () => Promise<void>): Promise<void> {
  return new Promise((resolve) => {
    let stopping = false
    const stop = (signal: string): void => {
      if (stopping) process.exit(130)
      stopping = true
      gateway.log.info('stopping', { signal })
      void stopProject()
        .then(() => gateway.stop())
        .catch((error: unknown) => gateway.log.error('stop failed', { error }))
        .then(resolve)
    }
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop)
  })
}
