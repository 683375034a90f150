import type { ApiKind } from './api-kind.ts'
import { explainHttpRouting } from './explain/explain-routing.ts'
import { httpContextVariables } from './http-context-variables.ts'
import { renderNotFound } from './render-http-api-error.ts'
import { newExtendedRequestId } from './trace-ids.ts'

export const httpApiKind: ApiKind = {
  protocol: 'HTTP',
  newRequestId: newExtendedRequestId,
  methodOf: ({ method }) => method,
  nothingThere: renderNotFound,
  unrouted: 'RESOURCE_NOT_FOUND',
  contextVariables: httpContextVariables,
  explainRouting: explainHttpRouting,
}
