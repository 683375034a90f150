import type { AwsService, Handlers } from '#aws/call.ts'
import { defineService } from '#aws/define-service.ts'
import type { ApiGatewayOperations } from '#aws/tables/apigateway.ts'
import type { Clock } from '#base/clock.ts'
import type { Log } from '#base/log.ts'
import { integrationTimeoutMs, quotasOf, type IntegrationTimeouts, type Quotas } from '#model/quotas.ts'
import { nothingMetered, type UsageMeter } from '#model/usage-meter.ts'
import { plainSealer, type Sealer } from '#store/sealing.ts'
import type { Store } from '#store/store.ts'
import { accounts } from './accounts.ts'
import { apiKeys } from './api-keys.ts'
import { authorizers } from './authorizers.ts'
import { basePathMappings } from './base-path-mappings.ts'
import { clientCertificates } from './client-certificates.ts'
import { deployments } from './deployments.ts'
import { documentationParts } from './documentation-parts.ts'
import { documentationVersions } from './documentation-versions.ts'
import { domainNameAccessAssociations } from './domain-name-access-associations.ts'
import { domainNames } from './domain-names.ts'
import type { Environment } from './environment.ts'
import { exports } from './exports.ts'
import { gatewayResponses } from './gateway-responses.ts'
import { importRestApi } from './import-rest-api.ts'
import { integrationResponses } from './integration-responses.ts'
import { integrations } from './integrations.ts'
import { methodResponses } from './method-responses.ts'
import type { MethodTester } from './method-tester.ts'
import { methods } from './methods.ts'
import { models } from './models.ts'
import { requestValidators } from './request-validators.ts'
import { resources } from './resources.ts'
import { restApis } from './rest-apis.ts'
import { sdk } from './sdk.ts'
import { sdkTypeOperations } from './sdk-types.ts'
import { stageCaches } from './stage-caches.ts'
import { stages } from './stages.ts'
import { tags } from './tags.ts'
import { testInvokeAuthorizer } from './test-invoke-authorizer.ts'
import { testInvokeMethod } from './test-invoke-method.ts'
import { noTrustStores, type TrustStoreReader } from './trust-store-reader.ts'
import { usage } from './usage.ts'
import { usagePlanKeys } from './usage-plan-keys.ts'
import { usagePlans } from './usage-plans.ts'
import { vpcLinks } from './vpc-links.ts'

export interface ApiGatewayOptions {
  readonly store: Store
  readonly clock: Clock
  readonly log: Log
  readonly methodTester: MethodTester
  /** AWS's default quotas, but for these. */
  readonly quotas?: Partial<Quotas> | undefined
  /** What `timeoutInMillis` may be, where it is not what AWS allows. */
  readonly integrationTimeouts?: IntegrationTimeouts | undefined
  /** Counts what keys use; nobody unless said otherwise. */
  readonly usageMeter?: UsageMeter | undefined
  /** Where trust stores of mutual TLS are read; nowhere unless said otherwise. */
  readonly trustStores?: TrustStoreReader | undefined
  /** Keeps private keys; as they are unless said otherwise. */
  readonly sealer?: Sealer | undefined
  /** `aws` unless said otherwise. */
  readonly partition?: string | undefined
}

/** API Gateway's control plane for REST APIs, version 2015-07-09. */
export function createApiGatewayService(options: ApiGatewayOptions): AwsService {
  return defineService<ApiGatewayOperations>('apigateway', apiGatewayHandlers(options))
}

/** Every operation that is there, by name: one file a noun. */
export function apiGatewayHandlers(options: ApiGatewayOptions): Handlers<ApiGatewayOperations> {
  const environment: Environment = {
    ...options,
    quotas: quotasOf(options.quotas),
    integrationTimeouts: options.integrationTimeouts ?? integrationTimeoutMs,
    usageMeter: options.usageMeter ?? nothingMetered,
    trustStores: options.trustStores ?? noTrustStores,
    sealer: options.sealer ?? plainSealer,
    partition: options.partition ?? 'aws',
  }
  return {
    ...accounts(environment),
    ...apiKeys(environment),
    ...authorizers(environment),
    ...basePathMappings(environment),
    ...clientCertificates(environment),
    ...deployments(environment),
    ...documentationParts(environment),
    ...documentationVersions(environment),
    ...domainNameAccessAssociations(environment),
    ...domainNames(environment),
    ...exports(environment),
    ...gatewayResponses(environment),
    ...importRestApi(environment),
    ...integrationResponses(environment),
    ...integrations(environment),
    ...methodResponses(environment),
    ...methods(environment),
    ...models(environment),
    ...requestValidators(environment),
    ...resources(environment),
    ...restApis(environment),
    ...sdk(environment),
    ...sdkTypeOperations(),
    ...stageCaches(environment),
    ...stages(environment),
    ...tags(environment),
    ...testInvokeAuthorizer(environment),
    ...testInvokeMethod(environment),
    ...usage(environment),
    ...usagePlanKeys(environment),
    ...usagePlans(environment),
    ...vpcLinks(environment),
  }
}
