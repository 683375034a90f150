import type { AwsCaller } from '#aws/client.ts'
import type { Log } from '#base/log.ts'
import { curlLines } from './curl-lines.ts'
import { deployProject, type DeployedProject } from './deploy-project.ts'
import { startHelperProcesses } from './helper-processes.ts'
import { readManifest, type Manifest } from './manifest.ts'
import { watchFiles } from './watch-files.ts'

export interface RunOptions {
  /** A folder, or an OpenAPI document. */
  readonly path: string
  readonly caller: AwsCaller
  readonly account: string
  readonly region: string
  readonly log: Log
  /** Told of every deployment. */
  readonly deployed: (project: DeployedProject) => void
}

/**
 * Deploys a project and deploys it anew whenever its document or manifest changes. Functions run from their folders
 * and follow edits by themselves. A broken edit is told and leaves the last good deployment serving.
 * @returns the way to stop
 * @throws ProjectError, AwsError when the first deployment fails
 */
export async function runProject(options: RunOptions): Promise<() => Promise<void>> {
  const { path, log } = options
  let manifest = readManifest(path)
  const processes = await startHelperProcesses(manifest.processes, log)
  const deploy = async (): Promise<void> => {
    options.deployed(
      await deployProject(manifest, { ...options, code: 'folder', variables: processes.variables }),
    )
  }
  try {
    await deploy()
  } catch (error) {
    await processes.stop()
    throw error
  }

  let stopWatching = (): void => {}
  let working = Promise.resolve()
  const again = async (): Promise<void> => {
    try {
      const read = readManifest(path)
      if (sameFiles(read, manifest)) manifest = read
      else {
        manifest = read
        watchAnew()
      }
      await deploy()
    } catch (error) {
      log.error('not deployed: the last good deployment goes on serving', { error })
    }
  }
  const watchAnew = (): void => {
    stopWatching()
    stopWatching = watchFiles(manifest.files, () => {
      working = working.then(again)
    })
  }
  watchAnew()
  return async () => {
    stopWatching()
    await working
    await processes.stop()
  }
}

function sameFiles(a: Manifest, b: Manifest): boolean {
  return a.files.join('\n') === b.files.join('\n')
}

/** What a person sees of a deployment: where it answers, and a command for each route. */
export function describeDeployment(project: DeployedProject, gatewayUrl: string): string {
  const invokeUrl = `${gatewayUrl}/_aws/execute-api/${project.apiId}/${project.stage}`
  const lines = curlLines(invokeUrl, project.document.operations)
  const routes = project.document.operations.map(
    ({ method, path, summary }, index) =>
      `  ${method} ${path}${summary === undefined ? '' : `  ${summary}`}\n    ${lines[index]}`,
  )
  const warnings = project.warnings.map((warning) => `  warning: ${warning}\n`).join('')
  return `${project.document.title} is deployed at ${invokeUrl}\n${warnings}\n${routes.join('\n')}\n`
}
