import type { Handlers } from '#aws/call.ts'
import type {
  ApiGatewayV2Operations,
  DisplayContent,
  ProductPageSummaryNoBody,
} from '#aws/tables/apigatewayv2.ts'
import { newId } from '#base/ids.ts'
import type { ProductPage } from '#model/portal.ts'
import { records } from '#model/records.ts'
import { notFound } from '../apigateway/errors.ts'
import type { Reader } from '../apigateway/find.ts'
import { childKey, within, type Place } from '../apigateway/keys.ts'
import { checkRoom } from '../apigateway/quota.ts'
import type { Environment } from './environment.ts'
import { listItems } from './paging.ts'
import { checkedLength } from './portal-checks.ts'
import { findProduct, findReadableProduct } from './portal-product-record.ts'
import { pageArn } from './product-page-arns.ts'

type Operations = ApiGatewayV2Operations

export function productPages({ store, clock, quotas, partition }: Environment): Handlers<Operations> {
  const summaryOf = (page: ProductPage, place: Place, productId: string): ProductPageSummaryNoBody => ({
    LastModified: page.lastModified,
    PageTitle: page.title,
    ProductPageArn: pageArn(partition, place, productId, page.productPageId),
    ProductPageId: page.productPageId,
  })
  const shown = (page: ProductPage, place: Place, productId: string) => {
    const { PageTitle: Title, ...ids } = summaryOf(page, place, productId)
    return { ...ids, DisplayContent: { Title, Body: page.body } }
  }
  const contentOf = ({ Title, Body }: DisplayContent) => ({
    title: checkedLength('DisplayContent.Title', Title),
    body: checkedLength('DisplayContent.Body', Body),
    lastModified: clock.now(),
  })
  return {
    async CreateProductPage({ PortalProductId, DisplayContent }, call) {
      const page: ProductPage = { productPageId: newId(10), ...contentOf(DisplayContent) }
      await store.transact(async (tx) => {
        await findProduct(tx, call, PortalProductId)
        await checkRoom(tx, quotas, 'pagesPerProduct', records.productPage, within(call, PortalProductId))
        tx.create(records.productPage, childKey(call, PortalProductId, page.productPageId), page)
      })
      return shown(page, call, PortalProductId)
    },

    async GetProductPage({ PortalProductId: id, ProductPageId, ResourceOwnerAccountId: owner }, call) {
      const { place } = await findReadableProduct(store, call, id, owner, partition)
      return shown(await findPage(store, place, id, ProductPageId), place, id)
    },

    async ListProductPages({ PortalProductId: id, ResourceOwnerAccountId: owner, ...page }, call) {
      const { place } = await findReadableProduct(store, call, id, owner, partition)
      return listItems(store, records.productPage, within(place, id), page, (each) =>
        summaryOf(each, place, id),
      )
    },

    async UpdateProductPage({ PortalProductId: id, ProductPageId, DisplayContent }, call) {
      return store.transact(async (tx) => {
        await findProduct(tx, call, id)
        const known = await findPage(tx, call, id, ProductPageId)
        const page = DisplayContent === undefined ? known : { ...known, ...contentOf(DisplayContent) }
        tx.write(records.productPage, childKey(call, id, ProductPageId), page)
        return shown(page, call, id)
      })
    },

    async DeleteProductPage({ PortalProductId: id, ProductPageId }, call) {
      await store.transact(async (tx) => {
        await findProduct(tx, call, id)
        await findPage(tx, call, id, ProductPageId)
        tx.delete(records.productPage, childKey(call, id, ProductPageId))
      })
      return {}
    },
  }
}

async function findPage(reader: Reader, place: Place, productId: string, id: string): Promise<ProductPage> {
  const found = await reader.read(records.productPage, childKey(place, productId, id))
  if (found === undefined) throw notFound(`Invalid ProductPage identifier specified ${id}`)
  return found.value
}
