import type { Handlers } from '#aws/call.ts'
import type { ApiGatewayOperations } from '#aws/tables/apigateway.ts'
import { newId } from '#base/ids.ts'
import { domainNameRecordId, type BasePathMapping } from '#model/domain-name.ts'
import { records } from '#model/records.ts'
import type { Key, Transaction } from '#store/store.ts'
import { findDomainName, type DomainNameId } from './domain-name-changes.ts'
import type { Environment } from './environment.ts'
import { badRequest, conflict, notFound } from './errors.ts'
import type { Reader } from './find.ts'
import { childKey, restApiKey, topLevelOf, within, type Place } from './keys.ts'
import { pageRequest, pageWhere } from './paging.ts'
import { applyPatch, patchText, plainDialect, type PatchTable } from './patch.ts'

type Operations = ApiGatewayOperations
type MappingOutput = Operations['GetBasePathMapping']['output']

/** The base path, or the stage, of a mapping that has none. */
export const none = '(none)'
/** Longest base path (developer guide, quotas). */
export const basePathCharactersMax = 300

export function basePathMappings({ store }: Environment): Handlers<Operations> {
  return {
    async CreateBasePathMapping(input, call) {
      return store.transact(async (tx) => {
        const domain = await findDomainName(tx, call, input)
        const mapping: BasePathMapping = {
          basePath: checkedBasePath(input.basePath),
          restApiId: input.restApiId,
          stage: checkedStage(input.stage),
          apiMappingId: newId(6),
        }
        const key = childKey(
          call,
          domainNameRecordId(domain.domainName, domain.domainNameId),
          mapping.basePath,
        )
        await checkFree(tx, key)
        await checkTarget(tx, call, mapping)
        await checkNeighbours(tx, key)
        tx.create(records.basePathMapping, key, mapping)
        return mappingOutput(mapping)
      })
    },

    /** Without what version 2 alone can make. */
    async GetBasePathMappings(input, call) {
      const request = pageRequest(input)
      const { domainName, domainNameId } = await findDomainName(store, call, input)
      const parent = within(call, domainNameRecordId(domainName, domainNameId))
      const { page, position } = await pageWhere(
        (asked) => store.list(records.basePathMapping, parent, asked),
        request,
        isOfVersion1,
      )
      return { items: page.map(mappingOutput), position }
    },

    async GetBasePathMapping(input, call) {
      return mappingOutput((await findMapping(store, call, input)).mapping)
    },

    async UpdateBasePathMapping({ patchOperations, ...id }, call) {
      return store.transact(async (tx) => {
        const { key, mapping } = await findMapping(tx, call, id)
        const updated = applyPatch(patchable, mapping, patchOperations)
        await checkTarget(tx, call, updated)
        if (updated.basePath !== mapping.basePath) {
          await checkFree(tx, { ...key, id: updated.basePath })
          tx.delete(records.basePathMapping, key)
        }
        tx.write(records.basePathMapping, { ...key, id: updated.basePath }, updated)
        return mappingOutput(updated)
      })
    },

    async DeleteBasePathMapping(id, call) {
      await store.transact(async (tx) => {
        tx.delete(records.basePathMapping, (await findMapping(tx, call, id)).key)
      })
      return {}
    },
  }
}

/** An API, or a stage of it, that domain names lead to stays. @throws BadRequestException */
export async function checkUnmapped(
  tx: Pick<Transaction, 'list'>,
  place: Place,
  restApiId: string,
  stageName?: string,
): Promise<void> {
  const users = await domainsLeadingTo(tx, place, restApiId, stageName)
  if (users.length === 0) return
  // As AWS says it: glomex/gcdt issue 373, hashicorp/terraform-provider-aws issue 41651.
  const what = stageName === undefined ? `RestApi ${restApiId}` : `stage ${stageName}`
  const related = stageName === undefined ? 'RestApi' : 'stage'
  throw badRequest(
    `Deleting ${what} failed. Please remove all base path mappings related to the ${related} in your domains: ${users.join(', ')}`,
  )
}

/** Domain names that are mapped to an API of any kind, or to one stage of it. */
export async function domainsLeadingTo(
  tx: Pick<Transaction, 'list'>,
  place: Place,
  apiId: string,
  stageName?: string,
): Promise<readonly string[]> {
  const users: string[] = []
  for (const { id, value } of await tx.list(records.domainName, topLevelOf(place))) {
    const mappings = await tx.list(records.basePathMapping, within(place, id))
    const leads = mappings.some(
      ({ value: mapping }) =>
        mapping.restApiId === apiId && (stageName === undefined || mapping.stage === stageName),
    )
    if (leads) users.push(value.domainName)
  }
  return users
}

async function findMapping(
  reader: Reader,
  place: Place,
  id: DomainNameId & { readonly basePath: string },
): Promise<{ readonly key: Key; readonly mapping: BasePathMapping }> {
  const { domainName, domainNameId } = await findDomainName(reader, place, id)
  const key = childKey(place, domainNameRecordId(domainName, domainNameId), id.basePath || none)
  const found = await reader.read(records.basePathMapping, key)
  if (found === undefined || !isOfVersion1(found.value)) {
    throw notFound('Invalid base path mapping identifier specified')
  }
  return { key, mapping: found.value }
}

/** Whether version 1 could have made it: of a REST API, of one level. */
function isOfVersion1({ basePath, protocolType }: BasePathMapping): boolean {
  return protocolType === undefined && !basePath.includes('/')
}

function mappingOutput({ basePath, restApiId, stage }: BasePathMapping): MappingOutput {
  return { basePath, restApiId, stage }
}

/** As AWS says it: serverless/serverless issue 7459. @throws BadRequestException */
async function checkNeighbours(tx: Transaction, key: Key): Promise<void> {
  const there = await tx.list(records.basePathMapping, key)
  if (there.every(({ value }) => value.protocolType === undefined)) return
  throw badRequest(
    "Mixing of REST APIs and HTTP APIs on the same domain name can only be accomplished through API Gateway's V2 DomainName interface. Currently, WebSocket APIs can only be attached to a domain name with other WebSocket APIs. This must also occur through API Gateway's V2 DomainName interface.",
  )
}

async function checkFree(reader: Reader, key: Key): Promise<void> {
  if ((await reader.read(records.basePathMapping, key)) !== undefined) {
    throw conflict('Base path already exists for this domain name')
  }
}

async function checkTarget(
  reader: Reader,
  place: Place,
  { restApiId, stage }: BasePathMapping,
): Promise<void> {
  if ((await reader.read(records.restApi, restApiKey(place, restApiId))) === undefined) {
    throw badRequest('Invalid REST API identifier specified')
  }
  if (stage === undefined) return
  if ((await reader.read(records.stage, childKey(place, restApiId, stage))) === undefined) {
    throw badRequest('Invalid stage identifier specified')
  }
}

function checkedBasePath(basePath: string | undefined): string {
  if (basePath === undefined || basePath === '' || basePath === none) return none
  if (basePath.includes('/')) {
    throw badRequest(
      "API Gateway V1 doesn't support the slash character (/) in base path mappings. To create a multi-level base path mapping, use API Gateway V2.",
    )
  }
  if (!/^[A-Za-z0-9$\-_.+!*'()]+$/.test(basePath) || basePath.length > basePathCharactersMax) {
    throw badRequest(
      `Invalid base path specified: ${basePath}. Expected at most ${basePathCharactersMax} letters, numbers and characters of $-_.+!*'()`,
    )
  }
  return basePath
}

function checkedStage(stage: string | undefined): string | undefined {
  return stage === none ? undefined : patchText(stage)
}

const patchable: PatchTable<BasePathMapping> = {
  dialect: plainDialect,
  rows: [
    {
      path: '/basePath',
      ops: ['replace'],
      apply: (mapping, { value }) => ({ ...mapping, basePath: checkedBasePath(value) }),
    },
    {
      path: '/stage',
      ops: ['replace'],
      apply: (mapping, { value }) => ({ ...mapping, stage: checkedStage(value) }),
    },
    {
      // Spelled so by AWS.
      path: '/restapiId',
      ops: ['replace'],
      apply: (mapping, { value = '' }) => ({ ...mapping, restApiId: value }),
    },
  ],
}
