import type { Call } from '#aws/call.ts'
import {
  domainNameRecordId,
  type DomainName,
  type MutualTlsAuthentication,
  type UploadedCertificate,
} from '#model/domain-name.ts'
import { records } from '#model/records.ts'
import { checkedDomainName, domainNameArn, type Owner } from './domain-name-record.ts'
import type { Environment } from './environment.ts'
import { badRequest, conflict, notFound } from './errors.ts'
import type { Reader } from './find.ts'
import { topLevelKey, topLevelOf, within, type Place } from './keys.ts'
import { checkRoom } from './quota.ts'
import { readTrustStore, type ReadTrustStore } from './trust-store.ts'

/** What making, changing and taking away a domain name needs, in both versions of the API. */
export type DomainNameEnvironment = Pick<
  Environment,
  'store' | 'clock' | 'partition' | 'quotas' | 'sealer' | 'trustStores'
>

export function ownerOf({ partition }: Pick<Environment, 'partition'>, { account, region }: Call): Owner {
  return { account, region, partition }
}

/** @throws BadRequestException, LimitExceededException */
export async function createDomainName(
  { store, clock, quotas, sealer, trustStores }: DomainNameEnvironment,
  call: Call,
  asked: DomainName,
  certificate?: UploadedCertificate,
): Promise<DomainName> {
  const { mutualTlsAuthentication: mutualTls } = asked
  const trustStore = mutualTls && (await readTrustStore(trustStores, mutualTls, clock.now()))
  const domain = withWarnings(asked, trustStore)
  await store.transact(async (tx) => {
    const known = await tx.list(records.domainName, topLevelOf(call))
    const isPrivate = domain.domainNameId !== undefined
    // A public and a private domain name may share their name.
    if (
      known.some(
        ({ value }) =>
          value.domainName === domain.domainName && (value.domainNameId !== undefined) === isPrivate,
      )
    ) {
      throw badRequest('The domain name you provided already exists.')
    }
    await checkRoom(tx, quotas, 'domainNames', records.domainName, topLevelOf(call))
    const key = topLevelKey(call, domainNameRecordId(domain.domainName, domain.domainNameId))
    tx.create(records.domainName, key, domain)
    if (trustStore !== undefined) tx.create(records.trustStore, key, { pem: trustStore.pem })
    if (certificate !== undefined) {
      const certificatePrivateKey = sealer.seal(
        certificate.certificatePrivateKey,
        uploadedCertificatePlace(key.id),
      )
      tx.create(records.uploadedCertificate, key, { ...certificate, certificatePrivateKey })
    }
  })
  return domain
}

/**
 * @param change pure: called once more where the trust store has to be read
 * @param readsTrustStore whether the change names one, be it that of before
 * @throws BadRequestException, ConflictException, NotFoundException
 */
export async function changeDomainName(
  { store, clock, trustStores }: DomainNameEnvironment,
  call: Call,
  id: DomainNameId,
  change: (known: DomainName) => DomainName,
  readsTrustStore: boolean,
): Promise<DomainName> {
  const changed = (known: DomainName): DomainName => checkedDomainName(change(known))
  // Read before the commit, which must not wait for S3.
  const wanted = readsTrustStore
    ? changed(await findDomainName(store, call, id)).mutualTlsAuthentication
    : undefined
  const trustStore = wanted && (await readTrustStore(trustStores, wanted, clock.now()))
  return store.transact(async (tx) => {
    const found = await findDomainName(tx, call, id)
    const plain = changed(found)
    if (readsTrustStore && !sameTrustStore(plain.mutualTlsAuthentication, wanted)) {
      throw conflict('The mutual TLS authentication of the domain name was changed meanwhile.')
    }
    const updated = readsTrustStore ? withWarnings(plain, trustStore) : plain
    const key = topLevelKey(call, domainNameRecordId(updated.domainName, updated.domainNameId))
    tx.write(records.domainName, key, updated)
    if (trustStore !== undefined) tx.write(records.trustStore, key, { pem: trustStore.pem })
    else if (updated.mutualTlsAuthentication === undefined) tx.delete(records.trustStore, key)
    // An uploaded certificate serves until another one is named.
    const { certificateArn, certificateName } = found
    if (updated.certificateArn !== certificateArn || updated.certificateName !== certificateName) {
      tx.delete(records.uploadedCertificate, key)
    }
    return updated
  })
}

/** Its mappings, rules and associations go with it. @throws NotFoundException */
export async function deleteDomainName(
  { store, partition }: Pick<DomainNameEnvironment, 'store' | 'partition'>,
  call: Call,
  id: DomainNameId,
): Promise<void> {
  await store.transact(async (tx) => {
    const domain = await findDomainName(tx, call, id)
    const recordId = domainNameRecordId(domain.domainName, domain.domainNameId)
    const key = topLevelKey(call, recordId)
    tx.delete(records.domainName, key)
    tx.delete(records.uploadedCertificate, key)
    tx.delete(records.trustStore, key)
    tx.deleteAll(records.basePathMapping, within(call, recordId))
    tx.deleteAll(records.routingRule, within(call, recordId))
    const arn = domainNameArn(domain, ownerOf({ partition }, call))
    // Of whatever account.
    for (const { key: association, value } of await store.scan(records.domainNameAccessAssociation)) {
      if (value.domainNameArn === arn) tx.delete(records.domainNameAccessAssociation, association)
    }
  })
}

function withWarnings(domain: DomainName, trustStore: ReadTrustStore | undefined): DomainName {
  const { mutualTlsAuthentication: mutualTls } = domain
  if (mutualTls === undefined) return domain
  const warnings = trustStore?.warnings ?? []
  return {
    ...domain,
    mutualTlsAuthentication: { ...mutualTls, truststoreWarnings: warnings.length > 0 ? warnings : undefined },
  }
}

function sameTrustStore(one?: MutualTlsAuthentication, other?: MutualTlsAuthentication): boolean {
  return one?.truststoreUri === other?.truststoreUri && one?.truststoreVersion === other?.truststoreVersion
}

/** What the key of an uploaded certificate is sealed for. @param id of the domain name's record */
export function uploadedCertificatePlace(id: string): string {
  return `uploaded-certificate/${id}`
}

/** What names a domain name in every operation; private ones need their id. */
export interface DomainNameId {
  readonly domainName: string
  readonly domainNameId?: string | undefined
}

/** @throws NotFoundException */
export async function findDomainName(
  reader: Reader,
  place: Place,
  { domainName, domainNameId }: DomainNameId,
): Promise<DomainName> {
  const id = domainNameRecordId(domainName, domainNameId === '' ? undefined : domainNameId)
  const found = await reader.read(records.domainName, topLevelKey(place, id))
  if (found === undefined) throw notFound('Invalid domain name identifier specified')
  return found.value
}
