import type { AwsCaller } from '#aws/client.ts'
import { AwsError } from '#aws/error.ts'
import { deployFunctions, type CodeSource } from './deploy-functions.ts'
import { readDocument, type ProjectDocument } from './document.ts'
import type { Manifest } from './manifest.ts'
import { ProjectError } from './project-error.ts'

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
const PAGE = 500

/**
 * Deploys a project over the calls that any AWS client makes: the document into the API that the project had before
 * (or a new one), the functions, then a deployment to its stage. A document that is refused has changed nothing that
 * is served.
 * @throws ProjectError, AwsError
 */
export async function deployProject(manifest: Manifest, target: DeployTarget): Promise<DeployedProject> {
  const { caller, code } = target
  const document = readDocument(manifest.openapi)
  const apiId = await findOrCreateApi(manifest, caller, document.title)
  const warnings = await importDocument(caller, apiId, document)
  await deployFunctions(caller, manifest.functions, code, apiId)
  await caller.call('apigateway', 'POST', `/restapis/${apiId}/deployments`, {
    stageName: manifest.stage,
    description: `gatehouse: ${manifest.name}`,
    variables: { ...manifest.variables, ...target.variables },
  })
  await deleteOldDeployments(caller, apiId)
  return { apiId, stage: manifest.stage, document, warnings }
}

interface RestApiSummary {
  readonly id: string
  readonly tags?: Readonly<Record<string, string>>
}

async function findOrCreateApi({ name }: Manifest, caller: AwsCaller, title: string): Promise<string> {
  let position = ''
  do {
    const page = (await caller.call(
      'apigateway',
      'GET',
      `/restapis?limit=${PAGE}${position === '' ? '' : `&position=${encodeURIComponent(position)}`}`,
    )) as { item?: RestApiSummary[]; position?: string }
    const found = page.item?.find(({ tags }) => tags?.[PROJECT_TAG] === name)
    if (found !== undefined) return found.id
    position = page.position ?? ''
  } while (position !== '')
  const created = (await caller.call('apigateway', 'POST', '/restapis', {
    name: title,
    endpointConfiguration: { types: ['REGIONAL'] },
    tags: { [PROJECT_TAG]: name },
  })) as RestApiSummary
  return created.id
}

/** @returns warnings */
async function importDocument(
  caller: AwsCaller,
  apiId: string,
  { file, bytes }: ProjectDocument,
): Promise<readonly string[]> {
  try {
    const imported = await caller.call('apigateway', 'PUT', `/restapis/${apiId}?mode=overwrite`, bytes)
    return (imported as { warnings?: string[] }).warnings ?? []
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

interface DeploymentSummary {
  readonly id: string
  readonly createdDate: number
}

/** Every save is a deployment: the old ones are of no use to anyone. */
async function deleteOldDeployments(caller: AwsCaller, apiId: string): Promise<void> {
  const path = `/restapis/${apiId}/deployments`
  const { item = [] } = (await caller.call('apigateway', 'GET', `${path}?limit=${PAGE}`)) as {
    item?: DeploymentSummary[]
  }
  const old = item.toSorted((a, b) => b.createdDate - a.createdDate).slice(DEPLOYMENTS_KEPT)
  for (const { id } of old) {
    try {
      await caller.call('apigateway', 'DELETE', `${path}/${id}`)
    } catch (error) {
      // A stage that someone else made uses it.
      if (!(error instanceof AwsError) || error.code !== 'BadRequestException') throw error
    }
  }
}
