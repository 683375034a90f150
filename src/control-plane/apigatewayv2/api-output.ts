import type { Api as ApiOutput } from '#aws/tables/apigatewayv2.ts'
import type { Api } from '#model/http-api.ts'
import { corsOutput } from './cors.ts'
import { capitalized } from './wire-names.ts'

/** An API as clients see it. @param endpoint where it is reached */
export function apiOutput(api: Api, endpoint: string): ApiOutput {
  return {
    ...capitalized(api),
    ApiEndpoint: endpoint,
    CorsConfiguration: corsOutput(api.corsConfiguration),
    Tags: api.tags ?? {},
  }
}
