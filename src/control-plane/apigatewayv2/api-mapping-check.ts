import type { BasePathMapping, DomainName } from '#model/domain-name.ts'
import { records } from '#model/records.ts'
import type { Transaction } from '#store/store.ts'
import { basePathCharactersMax, domainsLeadingTo, none } from '../apigateway/base-path-mappings.ts'
import { badRequest } from '../apigateway/errors.ts'
import type { Reader } from '../apigateway/find.ts'
import { childKey, topLevelKey, type Place } from '../apigateway/keys.ts'
import { checkRegional } from './regional-domain.ts'

/**
 * The base path of a mapping key: `orders`, `orders/v1`; none and an empty one are the same.
 * @throws BadRequestException
 */
export function basePathOf(key: string | undefined): string {
  if (key === undefined || key === '' || key === none) return none
  if (key.split('/').some((segment) => !/^[A-Za-z0-9$\-_.+!*'()]+$/.test(segment))) {
    // AWS's words from when keys had one level, and the slash (aws/aws-cdk issue 9077).
    throw badRequest("An ApiMapping key may contain only letters, numbers and one of $-_.+!*'()/")
  }
  if (key.length > basePathCharactersMax) {
    throw badRequest(`An ApiMapping key has at most ${basePathCharactersMax} characters; found ${key.length}`)
  }
  return key
}

/** The API and the stage that a mapping names, which are there, and the API's kind. @throws BadRequestException */
export async function protocolOf(
  reader: Reader,
  place: Place,
  apiId: string,
  stage: string,
): Promise<BasePathMapping['protocolType']> {
  const api = (await reader.read(records.api, topLevelKey(place, apiId)))?.value
  if (api === undefined && (await reader.read(records.restApi, topLevelKey(place, apiId))) === undefined) {
    throw badRequest('Invalid API identifier specified')
  }
  const kind = api === undefined ? records.stage : records.apiStage
  if ((await reader.read<unknown>(kind, childKey(place, apiId, stage))) === undefined) {
    throw badRequest('Invalid stage identifier specified')
  }
  return api?.protocolType
}

/**
 * What may stand beside what (developer guide, "Working with API mappings for HTTP APIs", "… for WebSocket APIs").
 * @param others the mappings that the domain name has beside this one
 * @throws BadRequestException
 */
export function checkMapping(
  domain: DomainName,
  mapping: BasePathMapping,
  others: readonly BasePathMapping[],
): void {
  checkRegional(domain)
  const isSocket = mapping.protocolType === 'WEBSOCKET'
  if (isSocket && mapping.basePath.includes('/')) {
    throw badRequest('Multi-level API mappings are not supported for WebSocket APIs')
  }
  if (others.some(({ protocolType }) => (protocolType === 'WEBSOCKET') !== isSocket)) {
    throw badRequest('WebSocket APIs can only be attached to a domain name with other WebSocket APIs')
  }
}

/** An API, or a stage of it, that domain names lead to stays. @throws BadRequestException, worded as AWS does for APIs */
export async function checkUnmapped(
  tx: Pick<Transaction, 'list'>,
  place: Place,
  apiId: string,
  stageName?: string,
): Promise<void> {
  if ((await domainsLeadingTo(tx, place, apiId, stageName)).length === 0) return
  const [what, noun] = stageName === undefined ? [`API ${apiId}`, 'API'] : [`stage ${stageName}`, 'stage']
  throw badRequest(
    `Deleting ${what} failed. Please remove all API mappings for the ${noun} from your custom domain names.`,
  )
}
