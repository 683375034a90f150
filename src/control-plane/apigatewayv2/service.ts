import type { AwsService, Handlers } from '#aws/call.ts'
import { defineService } from '#aws/define-service.ts'
import type { ApiGatewayV2Operations } from '#aws/tables/apigatewayv2.ts'
import type { Clock } from '#base/clock.ts'
import type { Log } from '#base/log.ts'
import { quotasOf, routedTimeoutMs, type Quotas, type RoutedTimeouts } from '#model/quotas.ts'
import { plainSealer, type Sealer } from '#store/sealing.ts'
import type { Store } from '#store/store.ts'
import { noTrustStores, type TrustStoreReader } from '../apigateway/trust-store-reader.ts'
import { awsEndpoint, awsPortalAddress } from './api-endpoint.ts'
import { apiMappings } from './api-mappings.ts'
import { apis } from './apis.ts'
import { authorizers } from './authorizers.ts'
import { deployments } from './deployments.ts'
import { domainNames } from './domain-names.ts'
import { exportApi } from './export-api.ts'
import { importApi } from './import-api.ts'
import type { EndpointOf, Environment, PortalAddressOf } from './environment.ts'
import { integrationResponses } from './integration-responses.ts'
import { integrations } from './integrations.ts'
import { models } from './models.ts'
import { portalProducts } from './portal-products.ts'
import { portals } from './portals.ts'
import { productPages } from './product-pages.ts'
import { productRestEndpointPages } from './product-rest-endpoint-pages.ts'
import { routeResponses } from './route-responses.ts'
import { routes } from './routes.ts'
import { routingRules } from './routing-rules.ts'
import { stages } from './stages.ts'
import { tags } from './tags.ts'
import { vpcLinks } from './vpc-links.ts'

export interface ApiGatewayV2Options {
  readonly store: Store
  readonly clock: Clock
  readonly log: Log
  /** AWS's default quotas, but for these. */
  readonly quotas?: Partial<Quotas> | undefined
  /** What `timeoutInMillis` may be, where it is not what AWS allows. */
  readonly timeouts?: RoutedTimeouts | undefined
  /** Where trust stores of mutual TLS are read; nowhere unless said otherwise. */
  readonly trustStores?: TrustStoreReader | undefined
  /** Keeps private keys; as they are unless said otherwise. */
  readonly sealer?: Sealer | undefined
  /** `aws` unless said otherwise. */
  readonly partition?: string | undefined
  /** AWS's own address unless said otherwise. */
  readonly endpointOf?: EndpointOf | undefined
  /** The same of developer portals. */
  readonly portalAddressOf?: PortalAddressOf | undefined
}

/** API Gateway's control plane for HTTP and WebSocket APIs, version 2018-11-29. */
export function createApiGatewayV2Service(options: ApiGatewayV2Options): AwsService {
  return defineService<ApiGatewayV2Operations>('apigatewayv2', apiGatewayV2Handlers(options))
}

/** Every operation that is there, by name: one file a noun. */
export function apiGatewayV2Handlers(options: ApiGatewayV2Options): Handlers<ApiGatewayV2Operations> {
  const environment: Environment = {
    ...options,
    quotas: quotasOf(options.quotas),
    timeouts: options.timeouts ?? routedTimeoutMs,
    trustStores: options.trustStores ?? noTrustStores,
    sealer: options.sealer ?? plainSealer,
    partition: options.partition ?? 'aws',
    endpointOf: options.endpointOf ?? awsEndpoint,
    portalAddressOf: options.portalAddressOf ?? awsPortalAddress,
  }
  return {
    ...apiMappings(environment),
    ...apis(environment),
    ...authorizers(environment),
    ...deployments(environment),
    ...domainNames(environment),
    ...exportApi(environment),
    ...importApi(environment),
    ...integrationResponses(environment),
    ...integrations(environment),
    ...models(environment),
    ...portalProducts(environment),
    ...portals(environment),
    ...productPages(environment),
    ...productRestEndpointPages(environment),
    ...routeResponses(environment),
    ...routes(environment),
    ...routingRules(environment),
    ...stages(environment),
    ...tags(environment),
    ...vpcLinks(environment),
  }
}
