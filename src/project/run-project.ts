import type { AwsCaller } from '#aws/client.ts'
import type { Log } from '#base/log.ts'
import { deployProject, type DeployedProject } from './deploy-project.ts'
import type { CodeSource } from './deploy-functions.ts'
import { HelperProcesses } from './helper-processes.ts'
import { readManifest, type Manifest } from './manifest.ts'
import { watchFiles } from './watch-files.ts'

export interface RunOptions {
  /** A folder, or an OpenAPI document. */
  readonly path: string
  readonly caller: AwsCaller
  readonly code: CodeSource
  readonly log: Log
  /** The longest that a backend may take to answer: a helper process outlives its replacement by that much. */
  readonly integrationTimeoutMs: number
  /** Told of every deployment. */
  readonly deployed: (project: DeployedProject) => void
  /** Told of every edit that could not be deployed; not of the first deployment, which `ready` tells. */
  readonly failed: (error: Error) => void
}

/** A request may have found its plan before the edit, and reach its backend a little after it. */
const REPLACED_MARGIN_MS = 1000

/** A project that is deployed and followed. */
export interface RunningProject {
  /** Settles with the first deployment: ProjectError or AwsError when it fails. */
  readonly ready: Promise<void>
  /** Deploys no more. Resolves when nothing is under way. */
  unfollow(): Promise<void>
  /** Ends the helper processes; to be called when nobody needs them any more. */
  stop(): Promise<void>
}

/**
 * Starts a project's helper processes and deploys it, and deploys it anew whenever its document or manifest changes
 * (and its functions' folders, where these are uploaded; others follow edits by themselves). A broken edit is told
 * and leaves the last good deployment serving.
 */
export function runProject(options: RunOptions): RunningProject {
  const { path, caller, code, log } = options
  const helpers = new HelperProcesses(log, options.integrationTimeoutMs + REPLACED_MARGIN_MS)
  const unfollowed = new AbortController()
  let stopWatching = (): void => {}

  const follow = ({ files, functions }: Manifest): void => {
    stopWatching()
    if (unfollowed.signal.aborted) return
    const folders = code === 'zip' ? functions.map(({ folder }) => folder) : []
    stopWatching = watchFiles({ files, folders }, () => {
      working = working.then(deploy).catch(options.failed)
    })
  }
  const deploy = async (): Promise<void> => {
    if (unfollowed.signal.aborted) return
    const manifest = readManifest(path)
    // Before it is deployed: what is edited meanwhile is not missed.
    follow(manifest)
    const variables = await helpers.start(manifest.processes, unfollowed.signal)
    const project = await deployProject(manifest, { caller, code, variables })
    helpers.replaceAllBut(manifest.processes)
    options.deployed(project)
  }

  const ready = deploy()
  let working = ready.catch(() => {})
  return {
    ready,
    async unfollow() {
      stopWatching()
      unfollowed.abort()
      await working
    },
    stop: () => helpers.stop(),
  }
}
