import type { ApiDeployer, DeploymentSummary } from './api-deployer.ts'

const PAGE = 500

interface RestApiSummary {
  readonly id: string
  readonly tags?: Readonly<Record<string, string>>
}

export const restApiDeployer: ApiDeployer = {
  stage: 'dev',

  async list(caller, from) {
    const position = from === '' ? '' : `&position=${encodeURIComponent(from)}`
    const page = (await caller.call('apigateway', 'GET', `/restapis?limit=${PAGE}${position}`)) as {
      item?: RestApiSummary[]
      position?: string
    }
    return { apis: page.item ?? [], next: page.position ?? '' }
  },

  async create(caller, name, tags) {
    const body = { name, endpointConfiguration: { types: ['REGIONAL'] }, tags }
    return ((await caller.call('apigateway', 'POST', '/restapis', body)) as RestApiSummary).id
  },

  async import(caller, apiId, document) {
    const imported = await caller.call('apigateway', 'PUT', `/restapis/${apiId}?mode=overwrite`, document)
    return (imported as { warnings?: string[] }).warnings ?? []
  },

  async deploy(caller, apiId, { stage, description, variables }) {
    const body = { stageName: stage, description, variables }
    await caller.call('apigateway', 'POST', `/restapis/${apiId}/deployments`, body)
  },

  async deployments(caller, apiId) {
    const path = `/restapis/${apiId}/deployments?limit=${PAGE}`
    return ((await caller.call('apigateway', 'GET', path)) as { item?: DeploymentSummary[] }).item ?? []
  },

  async deleteDeployment(caller, apiId, id) {
    await caller.call('apigateway', 'DELETE', `/restapis/${apiId}/deployments/${id}`)
  },
}
