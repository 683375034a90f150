import type { AwsService } from '#aws/call.ts'
import { defineService } from '#aws/define-service.ts'
import type { AcmOperations } from '#aws/tables/acm.ts'
import type { Clock } from '#base/clock.ts'
import type { Sealer } from '#store/sealing.ts'
import type { Change, Store } from '#store/store.ts'
import { certificateKeyKind, certificateKeyOf, certificateKind, keyPlace } from './certificate-record.ts'
import { certificateOperations } from './certificate-operations.ts'
import { tagOperations } from './tag-operations.ts'

export interface AcmOptions {
  readonly store: Store
  readonly clock: Clock
  readonly sealer: Sealer
  /** By the ARN of a certificate, ARNs of what has it: it stays while there are any. */
  readonly users: () => Promise<ReadonlyMap<string, readonly string[]>>
}

export interface Acm {
  /** ACM's own API, to be mounted. */
  readonly service: AwsService
  /**
   * The chain and key of an ARN, PEM; undefined when there is none.
   * @throws SealError
   */
  find(arn: string): Promise<{ readonly certificate: string; readonly key: string } | undefined>
  /** The ARN of the certificate that a change is about; undefined when it is about something else. */
  arnOf(change: Change): string | undefined
}

/** AWS Certificate Manager: keeps certificates that are imported, and issues some that vouch for themselves. */
export function createAcm(options: AcmOptions): Acm {
  const { store, sealer } = options
  return {
    service: defineService<AcmOperations>('acm', {
      ...certificateOperations(options),
      ...tagOperations(options),
    }),
    async find(arn) {
      const key = certificateKeyOf(arn)
      if (key === undefined) return undefined
      const stored = (await store.read(certificateKind, key))?.value
      const storedKey = (await store.read(certificateKeyKind, key))?.value
      if (stored?.arn !== arn || storedKey === undefined) return undefined
      return {
        certificate: stored.certificate + stored.chain,
        key: sealer.open(storedKey.key, keyPlace(key.id)),
      }
    },
    arnOf: ({ kind, key }) =>
      // Certificate and key are written in one commit.
      kind === certificateKind.name
        ? `arn:aws:acm:${key.region}:${key.account}:certificate/${key.id}`
        : undefined,
  }
}
