import type { ClusterNode } from './cluster.ts'
import { askAnew, mock } from './worker-gateway.ts'

const VALUE = 'the-value-of-the-only-key'

/** An API that wants a key, and a key in a plan. */
export interface MeteredApi {
  readonly apiId: string
  readonly planId: string
  readonly keyId: string
}

export async function deployMetered({ caller }: ClusterNode, plan: object): Promise<MeteredApi> {
  const call = (method: string, path: string, body: object): Promise<{ id: string }> =>
    caller.call('apigateway', method, path, body) as Promise<{ id: string }>
  const { id: apiId } = await call('POST', '/restapis?mode=import', {
    openapi: '3.0.1',
    info: { title: 'metered', version: '1' },
    paths: {
      '/': {
        get: {
          security: [{ key: [] }],
          responses: { 200: { description: 'ok' } },
          'x-amazon-apigateway-integration': mock('in'),
        },
      },
    },
    components: { securitySchemes: { key: { type: 'apiKey', name: 'x-api-key', in: 'header' } } },
  })
  await call('POST', `/restapis/${apiId}/deployments`, { stageName: 'dev' })
  const { id: planId } = await call('POST', '/usageplans', {
    name: 'plan',
    apiStages: [{ apiId, stage: 'dev' }],
    ...plan,
  })
  const { id: keyId } = await call('POST', '/apikeys', { name: 'key', value: VALUE, enabled: true })
  await call('POST', `/usageplans/${planId}/keys`, { keyId, keyType: 'API_KEY' })
  return { apiId, planId, keyId }
}

/** @returns how many of so many requests with the key, eight at once, were let in */
export async function askMetered(node: ClusterNode, apiId: string, times: number): Promise<number> {
  let left = times
  let admitted = 0
  const client = async (): Promise<void> => {
    while (left-- > 0) {
      const answer = await askAnew(node.urlOf(apiId), { 'x-api-key': VALUE }).catch(() => undefined)
      if (answer?.status === 200) admitted++
    }
  }
  await Promise.all(Array.from({ length: 8 }, client))
  return admitted
}
