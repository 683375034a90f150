import { createAwsCaller } from '#aws/client.ts'
import { deployProject } from '#project/deploy-project.ts'
import { describeDeployment } from '#project/describe-deployment.ts'
import { readManifest } from '#project/manifest.ts'
import { checkImported } from '#server/check-document.ts'
import { diagnosticLine } from '../diagnostic-line.ts'
import { endpointFlags, endpointOf } from '../endpoint.ts'
import { parseArguments, UsageError } from '../arguments.ts'

/** `gatehouse deploy FOLDER|OPENAPI`: into a gateway that runs already. */
export async function run(texts: readonly string[]): Promise<number> {
  const parsed = parseArguments(texts, endpointFlags())
  const [path, ...others] = parsed.words
  if (path === undefined || others.length > 0)
    throw new UsageError('deploy takes one folder or OpenAPI document')
  const { url, region, credentials } = await endpointOf(parsed)
  const manifest = readManifest(path)
  const caller = createAwsCaller({ endpoint: url, credentials, region })
  // Helper processes belong to `start`: a deployed project names its backends in `variables`.
  const project = await deployProject(manifest, { caller, code: 'zip', variables: {} })
  console.log(describeDeployment(project, url))
  const { file, bytes } = project.document
  for (const warning of await checkImported(bytes)) console.log(diagnosticLine(file, warning))
  return 0
}
