import type { Handlers } from '#aws/call.ts'
import type { ApiGatewayV2Operations } from '#aws/tables/apigatewayv2.ts'
import { records } from '#model/records.ts'
import {
  changeDomainName,
  createDomainName,
  deleteDomainName,
  findDomainName,
  ownerOf,
} from '../apigateway/domain-name-changes.ts'
import { topLevelOf } from '../apigateway/keys.ts'
import { pageWhere } from '../apigateway/paging.ts'
import { changedDomainName, domainNameOutput, regionalDomainName } from './domain-name-record.ts'
import type { Environment } from './environment.ts'
import { itemsRequest } from './paging.ts'

/** The records are those of version 1: a domain name is seen by both. Private ones are version 1's alone. */
export function domainNames(environment: Environment): Handlers<ApiGatewayV2Operations> {
  const { store, clock } = environment
  return {
    async CreateDomainName(input, call) {
      const owner = ownerOf(environment, call)
      const asked = regionalDomainName(input, owner, clock.now())
      return domainNameOutput(await createDomainName(environment, call, asked), owner)
    },

    async GetDomainNames(input, call) {
      const { page, position } = await pageWhere(
        (asked) => store.list(records.domainName, topLevelOf(call), asked),
        itemsRequest(input),
        ({ domainNameId }) => domainNameId === undefined,
      )
      const owner = ownerOf(environment, call)
      return { Items: page.map((domain) => domainNameOutput(domain, owner)), NextToken: position }
    },

    async GetDomainName({ DomainName }, call) {
      const domain = await findDomainName(store, call, { domainName: DomainName })
      return domainNameOutput(domain, ownerOf(environment, call))
    },

    async UpdateDomainName(input, call) {
      const updated = await changeDomainName(
        environment,
        call,
        { domainName: input.DomainName },
        (known) => changedDomainName(known, input),
        input.MutualTlsAuthentication !== undefined,
      )
      return domainNameOutput(updated, ownerOf(environment, call))
    },

    async DeleteDomainName({ DomainName }, call) {
      await deleteDomainName(environment, call, { domainName: DomainName })
      return {}
    },
  }
}
