import type { Handlers } from '#aws/call.ts'
import type { ApiGatewayV2Operations, ApiMapping } from '#aws/tables/apigatewayv2.ts'
import { newId } from '#base/ids.ts'
import type { BasePathMapping } from '#model/domain-name.ts'
import { records } from '#model/records.ts'
import type { Store, Transaction } from '#store/store.ts'
import { none } from '../apigateway/base-path-mappings.ts'
import { findDomainName } from '../apigateway/domain-name-changes.ts'
import { conflict, notFound } from '../apigateway/errors.ts'
import { childKey, within, type Place } from '../apigateway/keys.ts'
import { checkQuota } from '../apigateway/quota.ts'
import { basePathOf, checkMapping, protocolOf } from './api-mapping-check.ts'
import type { Environment } from './environment.ts'
import { listItems } from './paging.ts'
import { checkRegional } from './regional-domain.ts'

type Operations = ApiGatewayV2Operations

/** The records are the base path mappings of version 1, which sees those that it could have made. */
export function apiMappings({ store, quotas }: Environment): Handlers<Operations> {
  return {
    async CreateApiMapping({ DomainName, ApiId, ApiMappingKey, Stage }, call) {
      return store.transact(async (tx) => {
        const domain = await findDomainName(tx, call, { domainName: DomainName })
        const others = await mappingsOf(tx, call, DomainName)
        const mapping: BasePathMapping = {
          basePath: basePathOf(ApiMappingKey),
          restApiId: ApiId,
          stage: Stage,
          protocolType: await protocolOf(tx, call, ApiId, Stage),
          apiMappingId: newId(6),
        }
        checkMapping(domain, mapping, others)
        checkFree(mapping, others)
        if (mapping.basePath.includes('/')) {
          const deep = others.filter(({ basePath }) => basePath.includes('/'))
          checkQuota(quotas, 'multiLevelMappings', deep.length + 1)
        }
        tx.create(records.basePathMapping, childKey(call, DomainName, mapping.basePath), mapping)
        return mappingOutput(mapping)
      })
    },

    async GetApiMappings({ DomainName, ...page }, call) {
      checkRegional(await findDomainName(store, call, { domainName: DomainName }))
      return listItems(store, records.basePathMapping, within(call, DomainName), page, mappingOutput)
    },

    async GetApiMapping({ DomainName, ApiMappingId }, call) {
      checkRegional(await findDomainName(store, call, { domainName: DomainName }))
      return mappingOutput(named(await mappingsOf(store, call, DomainName), ApiMappingId))
    },

    /** What is left out stays. */
    async UpdateApiMapping({ DomainName, ApiMappingId, ApiId, ApiMappingKey, Stage }, call) {
      return store.transact(async (tx) => {
        const domain = await findDomainName(tx, call, { domainName: DomainName })
        const mappings = await mappingsOf(tx, call, DomainName)
        const known = named(mappings, ApiMappingId)
        const others = mappings.filter((mapping) => mapping !== known)
        const stage = Stage ?? known.stage
        const updated: BasePathMapping = {
          basePath: ApiMappingKey === undefined ? known.basePath : basePathOf(ApiMappingKey),
          restApiId: ApiId,
          stage,
          protocolType: await protocolOf(tx, call, ApiId, stage ?? ''),
          apiMappingId: ApiMappingId,
        }
        checkMapping(domain, updated, others)
        checkFree(updated, others)
        if (updated.basePath !== known.basePath) {
          tx.delete(records.basePathMapping, childKey(call, DomainName, known.basePath))
        }
        tx.write(records.basePathMapping, childKey(call, DomainName, updated.basePath), updated)
        return mappingOutput(updated)
      })
    },

    async DeleteApiMapping({ DomainName, ApiMappingId }, call) {
      await store.transact(async (tx) => {
        checkRegional(await findDomainName(tx, call, { domainName: DomainName }))
        const { basePath } = named(await mappingsOf(tx, call, DomainName), ApiMappingId)
        tx.delete(records.basePathMapping, childKey(call, DomainName, basePath))
      })
      return {}
    },
  }
}

async function mappingsOf(
  reader: Pick<Store | Transaction, 'list'>,
  place: Place,
  domainName: string,
): Promise<readonly BasePathMapping[]> {
  const found = await reader.list(records.basePathMapping, within(place, domainName))
  return found.map(({ value }) => value)
}

/** @throws NotFoundException */
function named(mappings: readonly BasePathMapping[], id: string): BasePathMapping {
  const found = mappings.find((mapping) => idOf(mapping) === id)
  if (found === undefined) throw notFound('Invalid API mapping identifier specified')
  return found
}

/** A mapping of an older store is named by its base path. */
function idOf({ apiMappingId, basePath }: BasePathMapping): string {
  return apiMappingId ?? Buffer.from(basePath).toString('hex')
}

/** @throws ConflictException, worded as AWS does (aws/aws-cdk issue 22660) */
function checkFree({ basePath }: BasePathMapping, others: readonly BasePathMapping[]): void {
  if (others.some((other) => other.basePath === basePath)) {
    throw conflict('ApiMapping key already exists for this domain name')
  }
}

function mappingOutput(mapping: BasePathMapping): ApiMapping {
  const { basePath, restApiId, stage = '' } = mapping
  return {
    ApiMappingId: idOf(mapping),
    ApiMappingKey: basePath === none ? '' : basePath,
    ApiId: restApiId,
    Stage: stage,
  }
}
