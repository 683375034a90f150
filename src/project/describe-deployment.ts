import { curlLines } from './curl-lines.ts'
import type { DeployedProject } from './deploy-project.ts'

/** What a person sees of a deployment: where it answers, and a command for each route. */
export function describeDeployment(project: DeployedProject, gatewayUrl: string): string {
  const { apiId, stage, document, warnings } = project
  const root = `${gatewayUrl}/_aws/execute-api/${apiId}`
  const invokeUrl = stage === '$default' ? root : `${root}/${stage}`
  const lines = curlLines(invokeUrl, document.operations)
  const routes = document.operations.map(
    ({ method, path, summary }, index) =>
      `  ${method} ${path}${summary === undefined ? '' : `  ${summary}`}\n    ${lines[index]}`,
  )
  const told = warnings.map((warning) => `  warning: ${warning}\n`).join('')
  return `${document.title} is deployed at ${invokeUrl}\n${told}\n${routes.join('\n')}\n`
}
