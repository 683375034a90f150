import type { Handlers } from '#aws/call.ts'
import { AwsError } from '#aws/error.ts'
import type {
  ApiGatewayV2Operations,
  CreateProductRestEndpointPageResponse,
  EndpointDisplayContent,
  ProductRestEndpointPageSummaryNoBody,
  RestEndpointIdentifier,
} from '#aws/tables/apigatewayv2.ts'
import { newId } from '#base/ids.ts'
import type { EndpointOverrides, ProductRestEndpointPage, RestEndpoint } from '#model/portal.ts'
import { records } from '#model/records.ts'
import { badRequest, notFound } from '../apigateway/errors.ts'
import type { Reader } from '../apigateway/find.ts'
import { childKey, within, type Place } from '../apigateway/keys.ts'
import { listPage } from '../apigateway/paging.ts'
import { checkRoom } from '../apigateway/quota.ts'
import type { Environment } from './environment.ts'
import { itemsRequest } from './paging.ts'
import { checkedLength, checkedOptional, checkUnion } from './portal-checks.ts'
import { findProduct, findReadableProduct } from './portal-product-record.ts'
import { checkedAddress, EndpointReader, type DocumentedEndpoint } from './product-endpoint.ts'
import { endpointPageArn } from './product-page-arns.ts'
import { capitalized } from './wire-names.ts'

type Operations = ApiGatewayV2Operations

/** A page, and what its stage says of it; or why that cannot be had. */
interface ShownPage {
  readonly page: ProductRestEndpointPage
  readonly documented: DocumentedEndpoint | AwsError
}

export function productRestEndpointPages(environment: Environment): Handlers<Operations> {
  const { store, clock, quotas, partition, endpointOf } = environment
  const shown = (
    { page, documented }: ShownPage,
    place: Place,
    productId: string,
  ): CreateProductRestEndpointPageResponse & ProductRestEndpointPageSummaryNoBody => {
    const { endpoint, overrides = {}, productRestEndpointPageId: id } = page
    const { restApiId, stage } = endpoint
    const said = documented instanceof AwsError ? undefined : documented
    const address =
      overrides.endpoint ?? `${endpointOf({ apiId: restApiId, protocolType: 'HTTP' }, place.region)}/${stage}`
    const operationName = overrides.operationName ?? said?.operationName
    return {
      DisplayContent: {
        Body: overrides.body ?? said?.description,
        Endpoint: address,
        OperationName: operationName,
      },
      Endpoint: address,
      LastModified: page.lastModified,
      OperationName: operationName,
      ProductRestEndpointPageArn: endpointPageArn(partition, place, productId, id),
      ProductRestEndpointPageId: id,
      RestEndpointIdentifier: { IdentifierParts: capitalized(endpoint) },
      Status: said === undefined ? 'FAILED' : 'AVAILABLE',
      StatusException:
        documented instanceof AwsError
          ? { Exception: documented.code, Message: documented.message }
          : undefined,
      TryItState: page.tryItState,
    }
  }
  const whole = (found: ShownPage, place: Place, productId: string) => {
    const { Endpoint: _endpoint, OperationName: _name, ...output } = shown(found, place, productId)
    return output
  }
  return {
    async CreateProductRestEndpointPage({ PortalProductId, ...input }, call) {
      const page: ProductRestEndpointPage = {
        productRestEndpointPageId: newId(10),
        endpoint: endpointGiven(input.RestEndpointIdentifier),
        overrides: input.DisplayContent && overridesOf(input.DisplayContent),
        tryItState: input.TryItState ?? 'ENABLED',
        lastModified: clock.now(),
      }
      return store.transact(async (tx) => {
        await findProduct(tx, call, PortalProductId)
        const kind = records.productRestEndpointPage
        const documented = await new EndpointReader(tx).read(call, page.endpoint)
        await checkRoom(tx, quotas, 'endpointPagesPerProduct', kind, within(call, PortalProductId))
        tx.create(kind, childKey(call, PortalProductId, page.productRestEndpointPageId), page)
        return whole({ page, documented }, call, PortalProductId)
      })
    },

    /** As it would be published now: what the API says is not kept here. */
    async GetProductRestEndpointPage(input, call) {
      const { PortalProductId: id, ProductRestEndpointPageId, ResourceOwnerAccountId: owner } = input
      const { place } = await findReadableProduct(store, call, id, owner, partition)
      const page = await findEndpointPage(store, place, id, ProductRestEndpointPageId)
      const documented = await documentedOf(new EndpointReader(store), place, page)
      const isRaw = input.IncludeRawDisplayContent === 'true' && !(documented instanceof AwsError)
      return {
        ...whole({ page, documented }, place, id),
        RawDisplayContent: isRaw
          ? JSON.stringify({ operation: documented.operation, schemas: documented.schemas })
          : undefined,
      }
    },

    async ListProductRestEndpointPages({ PortalProductId: id, ResourceOwnerAccountId, ...page }, call) {
      const { place } = await findReadableProduct(store, call, id, ResourceOwnerAccountId, partition)
      const request = itemsRequest(page)
      const kind = records.productRestEndpointPage
      const { page: found, position } = await listPage(store, kind, within(place, id), request)
      const reader = new EndpointReader(store)
      const items: ProductRestEndpointPageSummaryNoBody[] = []
      for (const each of found) {
        const documented = await documentedOf(reader, place, each)
        const { DisplayContent: _content, ...summary } = shown({ page: each, documented }, place, id)
        items.push(summary)
      }
      return { Items: items, NextToken: position }
    },

    async UpdateProductRestEndpointPage(input, call) {
      const { PortalProductId: id, ProductRestEndpointPageId, DisplayContent, TryItState } = input
      return store.transact(async (tx) => {
        await findProduct(tx, call, id)
        const known = await findEndpointPage(tx, call, id, ProductRestEndpointPageId)
        const page: ProductRestEndpointPage = {
          ...known,
          overrides: DisplayContent === undefined ? known.overrides : overridesOf(DisplayContent),
          tryItState: TryItState ?? known.tryItState,
          lastModified: clock.now(),
        }
        tx.write(records.productRestEndpointPage, childKey(call, id, ProductRestEndpointPageId), page)
        return whole({ page, documented: await documentedOf(new EndpointReader(tx), call, page) }, call, id)
      })
    },

    async DeleteProductRestEndpointPage({ PortalProductId: id, ProductRestEndpointPageId }, call) {
      await store.transact(async (tx) => {
        await findProduct(tx, call, id)
        await findEndpointPage(tx, call, id, ProductRestEndpointPageId)
        tx.delete(records.productRestEndpointPage, childKey(call, id, ProductRestEndpointPageId))
      })
      return {}
    },
  }
}

/** @throws BadRequestException */
function endpointGiven({ IdentifierParts: parts }: RestEndpointIdentifier): RestEndpoint {
  if (parts === undefined) {
    throw badRequest('Invalid RestEndpointIdentifier specified: expected its member IdentifierParts')
  }
  return {
    restApiId: checkedLength('IdentifierParts.RestApiId', parts.RestApiId),
    stage: checkedLength('IdentifierParts.Stage', parts.Stage),
    method: checkedLength('IdentifierParts.Method', parts.Method).toUpperCase(),
    path: checkedLength('IdentifierParts.Path', parts.Path),
  }
}

/** @returns undefined when nothing is overridden. @throws BadRequestException */
function overridesOf({ None, Overrides }: EndpointDisplayContent): EndpointOverrides | undefined {
  checkUnion('DisplayContent', { None, Overrides })
  if (Overrides === undefined) return undefined
  const endpoint = checkedOptional('Overrides.Endpoint', Overrides.Endpoint)
  return {
    body: checkedOptional('Overrides.Body', Overrides.Body),
    endpoint: endpoint === undefined ? undefined : checkedAddress(endpoint),
    operationName: checkedOptional('Overrides.OperationName', Overrides.OperationName),
  }
}

async function findEndpointPage(
  reader: Reader,
  place: Place,
  productId: string,
  id: string,
): Promise<ProductRestEndpointPage> {
  const found = await reader.read(records.productRestEndpointPage, childKey(place, productId, id))
  if (found === undefined) throw notFound(`Invalid ProductRestEndpointPage identifier specified ${id}`)
  return found.value
}

/** What the stage says, or why it does not: the API has changed since the page was made. */
async function documentedOf(
  reader: EndpointReader,
  place: Place,
  { endpoint }: ProductRestEndpointPage,
): Promise<DocumentedEndpoint | AwsError> {
  try {
    return await reader.read(place, endpoint)
  } catch (error) {
    if (error instanceof AwsError) return error
    throw error
  }
}
