import type { Call, Handlers } from '#aws/call.ts'
import type { ApiGatewayOperations } from '#aws/tables/apigateway.ts'
import { domainNameRecordId, type DomainName, type MutualTlsAuthentication } from '#model/domain-name.ts'
import { records } from '#model/records.ts'
import { domainNamePatch } from './domain-name-patch.ts'
import {
  checkedDomainName,
  domainNameArn,
  domainNameOutput,
  newDomainName,
  uploadedCertificate,
  type Owner,
} from './domain-name-record.ts'
import type { Environment } from './environment.ts'
import { badRequest, conflict, notFound } from './errors.ts'
import type { Reader } from './find.ts'
import { topLevelKey, topLevelOf, within, type Place } from './keys.ts'
import { listPage, pageRequest } from './paging.ts'
import { applyPatch } from './patch.ts'
import { checkRoom } from './quota.ts'
import { readTrustStore, type ReadTrustStore } from './trust-store.ts'

export function domainNames({
  store,
  clock,
  partition,
  quotas,
  sealer,
  trustStores,
}: Environment): Handlers<ApiGatewayOperations> {
  const ownerOf = ({ account, region }: Call): Owner => ({ account, region, partition })
  return {
    async CreateDomainName(input, call) {
      const asked = newDomainName(input, ownerOf(call), clock.now())
      const { mutualTlsAuthentication: mutualTls } = asked
      const trustStore = mutualTls && (await readTrustStore(trustStores, mutualTls, clock.now()))
      const domain = withWarnings(asked, trustStore)
      const certificate = uploadedCertificate(input)
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
      return domainNameOutput(domain, ownerOf(call))
    },

    /** Domain names that other accounts share are not known here. */
    async GetDomainNames(input, call) {
      const request = pageRequest(input)
      if (input.resourceOwner === 'OTHER_ACCOUNTS') return { items: [] }
      const { page, position } = await listPage(store, records.domainName, topLevelOf(call), request)
      return { items: page.map((value) => domainNameOutput(value, ownerOf(call))), position }
    },

    async GetDomainName(input, call) {
      return domainNameOutput(await findDomainName(store, call, input), ownerOf(call))
    },

    async UpdateDomainName({ patchOperations, ...id }, call) {
      const table = domainNamePatch(ownerOf(call), clock.now())
      const patched = (found: DomainName): DomainName =>
        checkedDomainName(applyPatch(table, found, patchOperations))
      const isRead =
        patchOperations?.some(({ path }) => path?.startsWith('/mutualTlsAuthentication/')) ?? false
      // Read before the commit, which must not wait for S3.
      const wanted = isRead
        ? patched(await findDomainName(store, call, id)).mutualTlsAuthentication
        : undefined
      const trustStore = wanted && (await readTrustStore(trustStores, wanted, clock.now()))
      const domain = await store.transact(async (tx) => {
        const found = await findDomainName(tx, call, id)
        const plain = patched(found)
        if (isRead && !sameTrustStore(plain.mutualTlsAuthentication, wanted)) {
          throw conflict('The mutual TLS authentication of the domain name was changed meanwhile.')
        }
        const updated = isRead ? withWarnings(plain, trustStore) : plain
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
      return domainNameOutput(domain, ownerOf(call))
    },

    /** Its mappings and associations go with it. */
    async DeleteDomainName(id, call) {
      await store.transact(async (tx) => {
        const domain = await findDomainName(tx, call, id)
        const recordId = domainNameRecordId(domain.domainName, domain.domainNameId)
        const key = topLevelKey(call, recordId)
        tx.delete(records.domainName, key)
        tx.delete(records.uploadedCertificate, key)
        tx.delete(records.trustStore, key)
        tx.deleteAll(records.basePathMapping, within(call, recordId))
        tx.deleteAll(records.routingRule, within(call, recordId))
        const arn = domainNameArn(domain, ownerOf(call))
        // Of whatever account.
        for (const { key: association, value } of await store.scan(records.domainNameAccessAssociation)) {
          if (value.domainNameArn === arn) tx.delete(records.domainNameAccessAssociation, association)
        }
      })
      return {}
    },
  }
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
