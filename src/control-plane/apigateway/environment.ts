import type { Clock } from '#base/clock.ts'
import type { Log } from '#base/log.ts'
import type { IntegrationTimeouts, Quotas } from '#model/quotas.ts'
import type { UsageMeter } from '#model/usage-meter.ts'
import type { Sealer } from '#store/sealing.ts'
import type { Store } from '#store/store.ts'
import type { MethodTester } from './method-tester.ts'
import type { TrustStoreReader } from './trust-store-reader.ts'

/** What every operation of the service works with. */
export interface Environment {
  readonly store: Store
  readonly clock: Clock
  readonly log: Log
  readonly methodTester: MethodTester
  readonly quotas: Quotas
  readonly integrationTimeouts: IntegrationTimeouts
  readonly usageMeter: UsageMeter
  readonly trustStores: TrustStoreReader
  readonly sealer: Sealer
  /** First part of every ARN after `arn:`. */
  readonly partition: string
}
