import type { AwsCaller } from '#aws/client.ts'
import { AwsError } from '#aws/error.ts'
import type { ApiDeployer } from './api-deployer.ts'

const PAGE = 500

interface StageSummary {
  readonly autoDeploy?: boolean
  readonly stageVariables?: Readonly<Record<string, string>>
}

export const httpApiDeployer: ApiDeployer = {
  // At the root of the API's address.
  stage: '$default',

  async list(caller, from) {
    const token = from === '' ? '' : `&nextToken=${encodeURIComponent(from)}`
    const page = (await caller.call('apigateway', 'GET', `/v2/apis?maxResults=${PAGE}${token}`)) as {
      items?: { apiId: string; tags?: Readonly<Record<string, string>> }[]
      nextToken?: string
    }
    const apis = (page.items ?? []).map(({ apiId, tags = {} }) => ({ id: apiId, tags }))
    return { apis, next: page.nextToken ?? '' }
  },

  async create(caller, name, tags) {
    const created = await caller.call('apigateway', 'POST', '/v2/apis', { name, protocolType: 'HTTP', tags })
    return (created as { apiId: string }).apiId
  },

  async import(caller, apiId, document) {
    const body = Buffer.from(document).toString('utf8')
    const imported = await caller.call('apigateway', 'PUT', `/v2/apis/${apiId}`, { body })
    return (imported as { warnings?: string[] }).warnings ?? []
  },

  async deploy(caller, apiId, { stage, description, variables }) {
    const stages = `/v2/apis/${apiId}/stages`
    const path = `${stages}/${encodeURIComponent(stage)}`
    const known = await stageAt(caller, path)
    if (known === undefined) {
      await caller.call('apigateway', 'POST', stages, { stageName: stage, stageVariables: variables })
    } else {
      // An empty variable is taken away.
      const gone = Object.keys(known.stageVariables ?? {}).map((name) => [name, ''])
      const stageVariables = { ...Object.fromEntries(gone), ...variables }
      await caller.call('apigateway', 'PATCH', path, { stageVariables })
    }
    // One that follows its API has the document already.
    if (known?.autoDeploy === true) return
    await caller.call('apigateway', 'POST', `/v2/apis/${apiId}/deployments`, {
      stageName: stage,
      description,
    })
  },

  async deployments(caller, apiId) {
    const path = `/v2/apis/${apiId}/deployments?maxResults=${PAGE}`
    const { items = [] } = (await caller.call('apigateway', 'GET', path)) as {
      items?: { deploymentId: string; createdDate: string }[]
    }
    return items.map(({ deploymentId, createdDate }) => ({ id: deploymentId, createdDate }))
  },

  async deleteDeployment(caller, apiId, id) {
    await caller.call('apigateway', 'DELETE', `/v2/apis/${apiId}/deployments/${id}`)
  },
}

async function stageAt(caller: AwsCaller, path: string): Promise<StageSummary | undefined> {
  try {
    return (await caller.call('apigateway', 'GET', path)) as StageSummary
  } catch (error) {
    if (error instanceof AwsError && error.code === 'NotFoundException') return undefined
    throw error
  }
}
