import type { Clock } from '#base/clock.ts'
import type { Log } from '#base/log.ts'
import type { Api } from '#model/http-api.ts'
import type { Quotas, RoutedTimeouts } from '#model/quotas.ts'
import type { Sealer } from '#store/sealing.ts'
import type { Store } from '#store/store.ts'
import type { TrustStoreReader } from '../apigateway/trust-store-reader.ts'

/** What every operation of the service works with. */
export interface Environment {
  readonly store: Store
  readonly clock: Clock
  readonly log: Log
  readonly quotas: Quotas
  /** What `timeoutInMillis` may be. */
  readonly timeouts: RoutedTimeouts
  readonly trustStores: TrustStoreReader
  readonly sealer: Sealer
  /** First part of every ARN after `arn:`. */
  readonly partition: string
  readonly endpointOf: EndpointOf
  readonly portalAddressOf: PortalAddressOf
}

/** The `apiEndpoint` of an API in a region: its own address, without a slash at the end. */
export type EndpointOf = (api: Pick<Api, 'apiId' | 'protocolType'>, region: string) => string

/** Where a portal is read. */
export interface PortalAddress {
  /** What a reader types: `p-{portalId}.apigw-portal.{region}.localhost:4566`. */
  readonly domainName: string
  /** `http://` and the same. */
  readonly origin: string
}

export type PortalAddressOf = (portalId: string, region: string) => PortalAddress
