import type { Call } from '#aws/call.ts'
import { AwsError } from '#aws/error.ts'
import type {
  Portal,
  PortalProduct,
  PortalSite,
  ProductPage,
  ProductRestEndpointPage,
  SiteEndpoint,
  SitePage,
  SiteProduct,
} from '#model/portal.ts'
import { records } from '#model/records.ts'
import type { Transaction } from '#store/store.ts'
import { badRequest } from '../apigateway/errors.ts'
import { topLevelKey, within, type Place } from '../apigateway/keys.ts'
import { mayRead, productOfArn } from './portal-product-record.ts'
import { addressOf, EndpointReader } from './product-endpoint.ts'
import { endpointPageArn, pageArn } from './product-page-arns.ts'

/** All texts of a portal, in JSON: what one process reads and keeps of it. */
const siteCharactersMax = 16 * 1024 * 1024

/** Takes what a portal would show now. @throws AwsError why it cannot be shown */
export async function takeSite(
  tx: Transaction,
  call: Call,
  portal: Portal,
  partition: string,
  made: number,
): Promise<PortalSite> {
  const endpoints = new EndpointReader(tx)
  const products: SiteProduct[] = []
  let characters = 0
  for (const arn of portal.includedPortalProductArns) {
    const named = productOfArn(partition, call, arn)
    if (named === undefined) continue
    const place = { account: named.account, region: call.region }
    const product = (await tx.read(records.portalProduct, topLevelKey(place, named.id)))?.value
    // One that its owner has deleted is shown no more (developer guide, "Delete a portal product in API Gateway").
    if (product === undefined) continue
    if (!mayRead(product, place, call, partition)) {
      throw new AwsError(
        'AccessDeniedException',
        `The portal product ${arn} is not shared with this account`,
        403,
      )
    }
    const taken = await takeProduct(tx, place, product, endpoints, partition)
    characters += JSON.stringify(taken).length
    if (characters > siteCharactersMax) {
      throw badRequest(
        `The portal has more than ${siteCharactersMax} characters: publish fewer products with it`,
      )
    }
    products.push(taken)
  }
  return { made, content: portal.portalContent, logoUri: portal.logoUri, products }
}

async function takeProduct(
  tx: Transaction,
  place: Place,
  product: PortalProduct,
  reader: EndpointReader,
  partition: string,
): Promise<SiteProduct> {
  const { portalProductId: id, displayName: name, description, displayOrder } = product
  const pages = await tx.list(records.productPage, within(place, id))
  const pageByArn = new Map(
    pages.map(({ value }) => [pageArn(partition, place, id, value.productPageId), sitePage(value)]),
  )
  const endpointByArn = new Map<string, SiteEndpoint>()
  for (const { value } of await tx.list(records.productRestEndpointPage, within(place, id))) {
    const arn = endpointPageArn(partition, place, id, value.productRestEndpointPageId)
    endpointByArn.set(arn, await siteEndpoint(reader, place, value))
  }
  const overview = taken(pageByArn, displayOrder?.overviewPageArn)
  const ordered = (displayOrder?.productPageArns ?? []).flatMap((arn) => taken(pageByArn, arn) ?? [])
  const sections = (displayOrder?.contents ?? []).map(({ sectionName, productRestEndpointPageArns }) => ({
    name: sectionName,
    endpoints: productRestEndpointPageArns.flatMap((arn) => taken(endpointByArn, arn) ?? []),
  }))
  const others = { name: '', endpoints: [...endpointByArn.values()] }
  return {
    id,
    name,
    description,
    overview,
    pages: [...ordered, ...pageByArn.values()],
    sections: [others, ...sections].filter((section) => section.endpoints.length > 0),
  }
}

/** Takes one out: what remains is in no order that the owner has said. */
function taken<T>(byArn: Map<string, T>, arn: string | undefined): T | undefined {
  const found = byArn.get(arn ?? '')
  byArn.delete(arn ?? '')
  return found
}

function sitePage({ productPageId: id, title, body }: ProductPage): SitePage {
  return { id, title, body }
}

async function siteEndpoint(
  reader: EndpointReader,
  place: Place,
  { productRestEndpointPageId: id, endpoint, overrides = {}, tryItState }: ProductRestEndpointPage,
): Promise<SiteEndpoint> {
  const { operation, schemas, description, operationName, isPrivate } = await reader.read(place, endpoint)
  return {
    id,
    name: overrides.operationName ?? operationName ?? endpoint.path,
    endpoint,
    address: overrides.endpoint === undefined ? undefined : addressOf(overrides.endpoint),
    body: overrides.body ?? description,
    // Developer guide, "Enable try it for an API Gateway product REST endpoint": not for private APIs.
    canTry: tryItState === 'ENABLED' && !isPrivate,
    operation,
    schemas,
  }
}
