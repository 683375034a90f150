import { BENCH_KEY, keyed, keyScheme, meter } from '../support/apis.ts'
import type { AuthRow } from './rows.ts'

const KEYS = 1000

export const apiKeyRow: AuthRow = {
  name: 'api-key',
  title: 'API key of a plan with throttle and quota',
  addedUsMax: 3,
  prepare: async ({ apigateway }) => ({
    operation: keyed({}),
    document: { components: keyScheme },
    headers: [`x-api-key: ${BENCH_KEY}`],
    deployed: (apiId) => meter(apigateway, apiId, KEYS),
  }),
}
