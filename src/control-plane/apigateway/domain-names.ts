import type { Handlers } from '#aws/call.ts'
import type { ApiGatewayOperations } from '#aws/tables/apigateway.ts'
import { records } from '#model/records.ts'
import {
  changeDomainName,
  createDomainName,
  deleteDomainName,
  findDomainName,
  ownerOf,
} from './domain-name-changes.ts'
import { domainNamePatch } from './domain-name-patch.ts'
import { domainNameOutput, newDomainName, uploadedCertificate } from './domain-name-record.ts'
import type { Environment } from './environment.ts'
import { topLevelOf } from './keys.ts'
import { listPage, pageRequest } from './paging.ts'
import { applyPatch } from './patch.ts'

export function domainNames(environment: Environment): Handlers<ApiGatewayOperations> {
  const { store, clock } = environment
  return {
    async CreateDomainName(input, call) {
      const owner = ownerOf(environment, call)
      const asked = newDomainName(input, owner, clock.now())
      return domainNameOutput(
        await createDomainName(environment, call, asked, uploadedCertificate(input)),
        owner,
      )
    },

    /** Domain names that other accounts share are not known here. */
    async GetDomainNames(input, call) {
      const request = pageRequest(input)
      if (input.resourceOwner === 'OTHER_ACCOUNTS') return { items: [] }
      const { page, position } = await listPage(store, records.domainName, topLevelOf(call), request)
      return { items: page.map((value) => domainNameOutput(value, ownerOf(environment, call))), position }
    },

    async GetDomainName(input, call) {
      return domainNameOutput(await findDomainName(store, call, input), ownerOf(environment, call))
    },

    async UpdateDomainName({ patchOperations, ...id }, call) {
      const owner = ownerOf(environment, call)
      const table = domainNamePatch(owner, clock.now())
      const readsTrustStore =
        patchOperations?.some(({ path }) => path?.startsWith('/mutualTlsAuthentication/')) ?? false
      const updated = await changeDomainName(
        environment,
        call,
        id,
        (known) => applyPatch(table, known, patchOperations),
        readsTrustStore,
      )
      return domainNameOutput(updated, owner)
    },

    async DeleteDomainName(id, call) {
      await deleteDomainName(environment, call, id)
      return {}
    },
  }
}
