import type { AwsEndpoint, AwsService } from '#aws/call.ts'
import { createAwsEndpoint } from '#aws/service.ts'
import type { Acm } from '#companions/acm/service.ts'
import type { UserPools } from '#companions/cognito-idp/service.ts'
import type { Lambda } from '#companions/lambda/service.ts'
import { createApiGatewayService } from '#control-plane/apigateway/service.ts'
import type { MethodTester } from '#control-plane/apigateway/method-tester.ts'
import {
  awsEndpoint,
  awsPortalAddress,
  endpointBelow,
  portalBelow,
} from '#control-plane/apigatewayv2/api-endpoint.ts'
import type { EndpointOf } from '#control-plane/apigatewayv2/environment.ts'
import { createApiGatewayV2Service } from '#control-plane/apigatewayv2/service.ts'
import type { TokenIssuers } from '#data-plane/tokens/token-issuers.ts'
import type { Store } from '#store/store.ts'
import { Portals } from '../portals/portals.ts'
import { storeErrorToAws } from '../store-errors.ts'
import { createTokenVerifier } from '../token-verifier.ts'
import { trafficLimits } from '../traffic-limits.ts'
import { createTrustStores } from '../trust-stores.ts'
import type { UsageKeeper } from '../usage/usage-keeper.ts'
import { createWebIdentityServices } from '../web-identities.ts'
import type { Foundation } from './foundation.ts'

/** What stands on the foundation and has operations of AWS. */
export interface Companions {
  readonly acm: Acm
  readonly lambda: Lambda
  readonly userPools: UserPools
  readonly issuers: TokenIssuers
  readonly usage: UsageKeeper
  readonly methodTester: MethodTester
}

export interface ControlPlane {
  /** Answers calls of AWS's APIs. */
  readonly endpoint: AwsEndpoint
  readonly services: readonly AwsService[]
  readonly portals: Portals
}

/** AWS's APIs: both versions of API Gateway, and the services that it leans on. */
export async function createControlPlane(
  foundation: Foundation,
  companions: Companions,
): Promise<ControlPlane> {
  const { config, started, store, clock, log, identities, address } = foundation
  const { acm, lambda, userPools, issuers } = companions
  const endpointOf: EndpointOf = (api, region) =>
    address.url === undefined ? awsEndpoint(api, region) : endpointBelow(address.url, api)
  const portals = await Portals.start({
    store,
    clock,
    log,
    sealer: identities.sealer,
    stageAddress: (apiId, stage, region) => `${endpointOf({ apiId, protocolType: 'HTTP' }, region)}/${stage}`,
    signIn: (pool, name, password) => userPools.signIn(pool, name, password),
  })
  started.push(() => portals.stop())
  const services = [
    ...apiGatewayServices(foundation, companions, endpointOf),
    acm.service,
    lambda.service,
    identities.service,
    userPools.service,
    ...createWebIdentityServices({
      store,
      clock,
      sealer: identities.sealer,
      tokens: identities.tokens,
      userPools,
      verifier: createTokenVerifier(issuers, config.accountId, clock),
    }),
  ]
  const endpoint = createAwsEndpoint({
    services,
    credentials: identities.credentials,
    authorize: identities.authorize,
    defaultAccount: config.accountId,
    defaultRegion: config.region,
    clock,
    log,
    translate: (error) => storeErrorToAws(error, log),
  })
  return { endpoint: onceEverywhere(store, endpoint), services, portals }
}

function apiGatewayServices(
  { config, store, clock, log, identities, aws, address }: Foundation,
  { usage, methodTester }: Companions,
  endpointOf: EndpointOf,
): readonly AwsService[] {
  const { truststores: folder, region, quotas, accountId } = config
  const { integrationTimeouts, routedTimeouts } = trafficLimits(config)
  const shared = {
    store,
    clock,
    log,
    quotas,
    sealer: identities.sealer,
    trustStores: createTrustStores({ folder, region, clock, aws, account: accountId }),
  }
  return [
    createApiGatewayService({ ...shared, methodTester, integrationTimeouts, usageMeter: usage }),
    createApiGatewayV2Service({
      ...shared,
      timeouts: routedTimeouts,
      endpointOf,
      portalAddressOf: (portalId, ofRegion) =>
        address.url === undefined
          ? awsPortalAddress(portalId, ofRegion)
          : portalBelow(address.url, portalId, ofRegion),
    }),
  ]
}

/** Answers calls that may have changed something once every node serves what they have made of it. */
function onceEverywhere(store: Store, endpoint: AwsEndpoint): AwsEndpoint {
  return {
    async serve(request) {
      const reply = await endpoint.serve(request)
      if (request.method !== 'GET' && request.method !== 'HEAD') await store.everywhere()
      return reply
    },
  }
}
