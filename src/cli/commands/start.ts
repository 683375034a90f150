import type { ProjectDocument } from '#project/document.ts'
import type { RunningProject } from '#project/run-project.ts'
import { startGateway, type Gateway } from '#server/server.ts'
import { trafficLimits } from '#server/traffic-limits.ts'
import { version } from '#server/version.ts'
import { parseArguments, UsageError } from '../arguments.ts'
import { diagnosticLine } from '../diagnostic-line.ts'
import { settingFlags, settings } from '../settings.ts'
import { stopSignal } from '../stop-signal.ts'
import { surviveUncaught } from '#server/uncaught.ts'

/** `gatehouse start [FOLDER|OPENAPI]`: serves until it is told to stop. */
export async function run(texts: readonly string[]): Promise<number> {
  const parsed = parseArguments(texts, settingFlags())
  const [path, ...others] = parsed.words
  if (others.length > 0) {
    throw new UsageError(`start takes one folder or document, found ${parsed.words.join(' ')}`)
  }
  const config = await settings(parsed)
  // A project that cannot be read is told before anything is started for it.
  if (path !== undefined) (await import('#project/manifest.ts')).readManifest(path)
  const gateway = await startGateway(config, path !== undefined)
  surviveUncaught(gateway.log)
  const stopping = stopSignal(gateway.log)
  const urls = [gateway.url, gateway.httpsUrl].filter((url) => url !== undefined)
  console.log(`Gatehouse ${version} is listening on ${urls.join(' and ')}`)

  const project = path === undefined ? undefined : await startProject(gateway, path)
  try {
    // A first deployment that fails ends the command.
    await Promise.race([
      stopping,
      gateway.failed,
      ...(project === undefined ? [] : [project.ready.then(() => stopping)]),
    ])
  } finally {
    // Requests under way may need the project's helper processes: these end last.
    await project?.unfollow()
    await gateway.stop()
    await project?.stop()
  }
  return 0
}

/** The longest that the helper process of an edited project outlives its replacement. */
const REPLACED_MS_MAX = 300_000

async function startProject(gateway: Gateway, path: string): Promise<RunningProject> {
  const { runProject } = await import('#project/run-project.ts')
  const { describeDeployment } = await import('#project/describe-deployment.ts')
  const { log, config } = gateway
  let first = true
  return runProject({
    path,
    caller: gateway.caller,
    code: gateway.localFolders ? 'folder' : 'zip',
    log,
    // Nobody waits for a helper of old that a stream without end may hold.
    integrationTimeoutMs: Math.min(trafficLimits(config).dataPlane.integrationTimeoutMsMax, REPLACED_MS_MAX),
    deployed(project) {
      if (first) {
        console.log(
          `\n${describeDeployment(project, gateway.url)}\nEdit and save: it is deployed again. Ctrl-C stops.`,
        )
      } else log.info('deployed', { api: project.apiId, stage: project.stage })
      first = false
      void tellWarnings(gateway, project.document)
    },
    failed(error) {
      const event = 'not deployed: the last good deployment goes on serving'
      if (config.logFormat === 'json') log.error(event, { error })
      // Places and lists of problems are to be read as they are.
      else console.error(`gatehouse: ${event}\n${error.message}`)
    },
  })
}

/** After the deployment, which does not wait for it. */
async function tellWarnings({ log, config }: Gateway, { file, bytes }: ProjectDocument): Promise<void> {
  try {
    const { checkImported } = await import('#server/check-document.ts')
    for (const warning of await checkImported(bytes)) {
      const { message, line, column } = warning
      if (config.logFormat === 'json') log.warn('OpenAPI document', { file, line, column, message })
      else console.log(diagnosticLine(file, warning))
    }
  } catch (error) {
    log.warn('the OpenAPI document cannot be checked', { file, error })
  }
}
