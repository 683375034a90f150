import { contextVariables, type ContextVariables } from './context-variables.ts'

const OF_REST_ALONE =
  /^(?:authorizer\.integrationLatency|deploymentId|error\.validationErrorString|identity\.(?:apiKey|apiKeyId|vpcId|vpceId)|isCanaryRequest|operationName|resourceId|resourcePath)$/

/**
 * Of REST APIs' variables those that HTTP APIs have, and their own. Developer guide, "Customizing HTTP API access logs".
 */
export const httpContextVariables: ContextVariables = {
  ...Object.fromEntries(Object.entries(contextVariables).filter(([name]) => !OF_REST_ALONE.test(name))),
  // "Equivalent to $context.requestId".
  extendedRequestId: ({ requestId }) => requestId,
  // Whatever the client speaks, same page.
  protocol: () => 'HTTP/1.1',
  routeKey: ({ route }) => route?.routeKey,
}
