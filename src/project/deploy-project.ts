import type { AwsCaller } from '#aws/client.ts'
import { AwsError } from '#aws/error.ts'
import type { ApiDeployer } from './api-deployer.ts'
import type { ApiProtocol } from './api-protocol.ts'
import { deployFunctions, type CodeSource } from './deploy-functions.ts'
import { readDocument, type ProjectDocument } from './document.ts'
import { httpApiDeployer } from './http-api-deployer.ts'
import type { Manifest } from './manifest.ts'
import { ProjectError } from './project-error.ts'
import { restApiDeployer } from './rest-api-deployer.ts'

/** Where and how a project is deployed. */
export interface DeployTarget {
  readonly caller: AwsCaller
  readonly code: CodeSource
  /** Stage variables beside the manifest's. */
  readonly variables: Readonly<Record<string, string>>
}

export interface DeployedProject {
  readonly apiId: string
  readonly stage: string
  readonly document: ProjectDocument
  readonly warnings: readonly string[]
}

/** Marks the API of a project, so that the next deployment finds it. */
const PROJECT_TAG = 'gatehouse:project'
/** Deployments that no stage uses are deleted past this number. */
const DEPLOYMENTS_KEPT = 5

const deployers: Readonly<Record<ApiProtocol, ApiDeployer>> = { REST: restApiDeployer, HTTP: httpApiDeployer }

/**
 * Deploys a project over the calls that any AWS client makes: the document into the API that the project had before
 * (or a new one), the functions, then a deployment to its stage. A document that is refused has changed nothing that
 * is served.
 * @throws ProjectError, AwsError
 */
export async function deployProject(manifest: Manifest, target: DeployTarget): Promise<DeployedProject> {
  const { caller, code } = target
  const document = readDocument(manifest.openapi)
  const deployer = deployers[manifest.protocol ?? document.protocol]
  const stage = manifest.stage ?? deployer.stage
  const apiId = await findOrCreateApi(manifest, caller, deployer, document.title)
  const warnings = await importDocument(caller, deployer, apiId, document)
  await deployFunctions(caller, manifest.functions, code, apiId)
  await deployer.deploy(caller, apiId, {
    stage,
    description: `gatehouse: ${manifest.name}`,
    variables: { ...manifest.variables, ...target.variables },
  })
  await deleteOldDeployments(caller, deployer, apiId)
  return { apiId, stage, document, warnings }
}

async function findOrCreateApi(
  { name }: Manifest,
  caller: AwsCaller,
  deployer: ApiDeployer,
  title: string,
): Promise<string> {
  let from = ''
  do {
    const page = await deployer.list(caller, from)
    const found = page.apis.find(({ tags }) => tags?.[PROJECT_TAG] === name)
    if (found !== undefined) return found.id
    from = page.next
  } while (from !== '')
  return deployer.create(caller, title, { [PROJECT_TAG]: name })
}

/** @returns warnings */
async function importDocument(
  caller: AwsCaller,
  deployer: ApiDeployer,
  apiId: string,
  { file, bytes }: ProjectDocument,
): Promise<readonly string[]> {
  try {
    return await deployer.import(caller, apiId, bytes)
  } catch (error) {
    if (!(error instanceof AwsError) || error.status !== 400) throw error
    throw new ProjectError(placedIn(file, error.message), { cause: error })
  }
}

/** `…: expected a map (line 8, column 9)` → `file:8:9: …: expected a map`, which editors and terminals open. */
function placedIn(file: string, message: string): string {
  const lines = message.split('\n').map((line) => {
    const [, text, row, column] = /^\s*(.*) \(line (\d+), column (\d+)\)$/.exec(line) ?? []
    return text === undefined ? line : `  ${file}:${row}:${column}: ${text}`
  })
  return `${file} cannot be imported\n${lines.join('\n')}`
}

/** Every save is a deployment: the old ones are of no use to anyone. */
async function deleteOldDeployments(caller: AwsCaller, deployer: ApiDeployer, apiId: string): Promise<void> {
  const deployments = await deployer.deployments(caller, apiId)
  const old = deployments
    .toSorted((a, b) => (a.createdDate > b.createdDate ? -1 : a.createdDate < b.createdDate ? 1 : 0))
    .slice(DEPLOYMENTS_KEPT)
  for (const { id } of old) {
    try {
      await deployer.deleteDeployment(caller, apiId, id)
    } catch (error) {
      // A stage that someone else made uses it.
      if (!(error instanceof AwsError) || error.code !== 'BadRequestException') throw error
    }
  }
}
