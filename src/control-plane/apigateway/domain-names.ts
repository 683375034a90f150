import type { Call, Handlers } from '#aws/call.ts'
import type { ApiGatewayOperations } from '#aws/tables/apigateway.ts'
import { domainNameRecordId, type DomainName } from '#model/domain-name.ts'
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
import { badRequest, notFound } from './errors.ts'
import type { Reader } from './find.ts'
import { topLevelKey, topLevelOf, within, type Place } from './keys.ts'
import { listPage, pageRequest } from './paging.ts'
import { applyPatch } from './patch.ts'
import { checkRoom } from './quota.ts'

export function domainNames({
  store,
  clock,
  partition,
  quotas,
}: Environment): Handlers<ApiGatewayOperations> {
  const ownerOf = ({ account, region }: Call): Owner => ({ account, region, partition })
  return {
    async CreateDomainName(input, call) {
      const domain = newDomainName(input, ownerOf(call), clock.now())
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
        if (certificate !== undefined) tx.create(records.uploadedCertificate, key, certificate)
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
      const domain = await store.transact(async (tx) => {
        const found = await findDomainName(tx, call, id)
        const table = domainNamePatch(ownerOf(call), clock.now())
        const updated = checkedDomainName(applyPatch(table, found, patchOperations))
        const key = topLevelKey(call, domainNameRecordId(updated.domainName, updated.domainNameId))
        tx.write(records.domainName, key, updated)
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
        tx.deleteAll(records.basePathMapping, within(call, recordId))
        const arn = domainNameArn(domain, ownerOf(call))
        for (const { id: association, value } of await tx.list(
          records.domainNameAccessAssociation,
          topLevelOf(call),
        )) {
          if (value.domainNameArn !== arn) continue
          tx.delete(records.domainNameAccessAssociation, topLevelKey(call, association))
        }
      })
      return {}
    },
  }
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
