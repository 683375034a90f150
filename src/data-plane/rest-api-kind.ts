import { isHeaderName } from '#base/header-name.ts'
import { newRequestId } from '#base/ids.ts'
import type { HttpRequest } from '#http/message.ts'
import type { ApiKind } from './api-kind.ts'
import { contextVariables } from './context-variables.ts'
import { explainRouting } from './explain/explain-routing.ts'
import { renderForbidden } from './render-error.ts'

export const restApiKind: ApiKind = {
  protocol: 'REST',
  newRequestId,
  methodOf,
  nothingThere: renderForbidden,
  unrouted: 'MISSING_AUTHENTICATION_TOKEN',
  contextVariables,
  explainRouting,
}

/**
 * Developer guide, "Amazon API Gateway important notes": the header overrides the method. What is no method (RFC 9110
 * §9.1) overrides none: it must not become a part of a request line.
 */
function methodOf({ method, headers }: HttpRequest): string {
  const asked = headers.get('x-http-method-override')
  return asked !== undefined && isHeaderName(asked) ? asked : method
}
