import type { Handlers } from '#aws/call.ts'
import type { ApiGatewayV2Operations, DisplayOrder as OrderInput } from '#aws/tables/apigatewayv2.ts'
import { newId } from '#base/ids.ts'
import { policyKinds } from '#languages/policy/kinds.ts'
import { readPolicy } from '#languages/policy/read.ts'
import type { DisplayOrder, PortalProduct } from '#model/portal.ts'
import { records } from '#model/records.ts'
import type { Transaction } from '#store/store.ts'
import { badRequest } from '../apigateway/errors.ts'
import { topLevelKey, topLevelOf, within, type Place } from '../apigateway/keys.ts'
import { pageOf } from '../apigateway/paging.ts'
import { checkRoom } from '../apigateway/quota.ts'
import { checkedTagsOf } from '../apigateway/tags.ts'
import { refuse } from './checks.ts'
import type { Environment } from './environment.ts'
import { itemsRequest, listItems } from './paging.ts'
import { checkedLength, checkedOptional } from './portal-checks.ts'
import {
  findProduct,
  findReadableProduct,
  mayRead,
  productOutput,
  sharingPolicyMax,
} from './portal-product-record.ts'
import { endpointPageArn, pageArn } from './product-page-arns.ts'

type Operations = ApiGatewayV2Operations

const sectionsMax = 40

export function portalProducts({ store, clock, quotas, partition }: Environment): Handlers<Operations> {
  /** Writes what `changed` makes of a product. @throws NotFoundException */
  const change = (place: Place, id: string, changed: (known: PortalProduct) => PortalProduct) =>
    store.transact(async (tx) => {
      const product = changed(await findProduct(tx, place, id))
      tx.write(records.portalProduct, topLevelKey(place, id), product)
      return product
    })
  /** It names pages that the product has. @throws BadRequestException */
  const orderOf = async (
    tx: Transaction,
    place: Place,
    productId: string,
    { Contents = [], OverviewPageArn, ProductPageArns = [] }: OrderInput,
  ): Promise<DisplayOrder> => {
    const pages = await tx.list(records.productPage, within(place, productId))
    const endpoints = await tx.list(records.productRestEndpointPage, within(place, productId))
    const known = new Set([
      ...pages.map(({ id }) => pageArn(partition, place, productId, id)),
      ...endpoints.map(({ id }) => endpointPageArn(partition, place, productId, id)),
    ])
    const named = [
      ...(OverviewPageArn === undefined ? [] : [OverviewPageArn]),
      ...ProductPageArns,
      ...Contents.flatMap(({ ProductRestEndpointPageArns }) => ProductRestEndpointPageArns),
    ]
    if (Contents.length > sectionsMax) {
      throw badRequest(`A display order has at most ${sectionsMax} sections; found ${Contents.length}`)
    }
    const unknown = named.find((arn) => !known.has(arn))
    if (unknown !== undefined) {
      throw badRequest(`Invalid DisplayOrder specified: ${unknown} is no page of this portal product`)
    }
    const twice = named.find((arn, at) => named.indexOf(arn) !== at)
    if (twice !== undefined) throw badRequest(`Invalid DisplayOrder specified: ${twice} is named twice`)
    return {
      overviewPageArn: OverviewPageArn,
      productPageArns: ProductPageArns,
      contents: Contents.map(({ SectionName, ProductRestEndpointPageArns }) => ({
        sectionName: checkedLength('SectionName', SectionName),
        productRestEndpointPageArns: ProductRestEndpointPageArns,
      })),
    }
  }
  return {
    async CreatePortalProduct({ DisplayName, Description, Tags }, call) {
      const product: PortalProduct = {
        portalProductId: newId(10),
        displayName: checkedLength('PortalProduct.DisplayName', DisplayName),
        description: checkedOptional('Description', Description),
        lastModified: clock.now(),
        tags: checkedTagsOf(Tags),
      }
      await store.transact(async (tx) => {
        await checkRoom(tx, quotas, 'portalProducts', records.portalProduct, topLevelOf(call))
        tx.create(records.portalProduct, topLevelKey(call, product.portalProductId), product)
      })
      return productOutput(product, call, partition)
    },

    async GetPortalProduct({ PortalProductId, ResourceOwnerAccountId }, call) {
      const { product, place } = await findReadableProduct(
        store,
        call,
        PortalProductId,
        ResourceOwnerAccountId,
        partition,
      )
      return productOutput(product, place, partition)
    },

    /** Those of others are the ones that their owners share with the caller. */
    async ListPortalProducts({ ResourceOwner = 'SELF', ...page }, call) {
      const shown = (product: PortalProduct, place: Place) => {
        const { DisplayOrder: _order, ...summary } = productOutput(product, place, partition)
        return {
          ...summary,
          Description: product.description ?? '',
          DisplayName: product.displayName,
          LastModified: product.lastModified,
          PortalProductArn: summary.PortalProductArn as string,
          PortalProductId: product.portalProductId,
        }
      }
      if (ResourceOwner === 'SELF') {
        return listItems(store, records.portalProduct, topLevelOf(call), page, (product) =>
          shown(product, call),
        )
      }
      if (ResourceOwner !== 'OTHER_ACCOUNTS') {
        throw badRequest(`Invalid resourceOwner specified: ${ResourceOwner}. Expected SELF or OTHER_ACCOUNTS`)
      }
      const { limit, after = '' } = itemsRequest(page)
      const shared = (await store.scan(records.portalProduct))
        .map(({ key, value }) => ({ key, value, name: `${key.account} ${key.id}` }))
        .filter(({ key, name }) => key.account !== call.account && key.region === call.region && name > after)
        .filter(({ key, value }) => mayRead(value, key, call, partition))
        .toSorted((a, b) => (a.name < b.name ? -1 : 1))
      const { page: items, position } = pageOf(shared, limit, ({ name }) => name)
      return { Items: items.map(({ key, value }) => shown(value, key)), NextToken: position }
    },

    async UpdatePortalProduct({ PortalProductId, DisplayName, Description, DisplayOrder }, call) {
      return store.transact(async (tx) => {
        const known = await findProduct(tx, call, PortalProductId)
        const product: PortalProduct = {
          ...known,
          displayName:
            DisplayName === undefined
              ? known.displayName
              : checkedLength('PortalProduct.DisplayName', DisplayName),
          description:
            Description === undefined ? known.description : checkedOptional('Description', Description),
          displayOrder:
            DisplayOrder === undefined
              ? known.displayOrder
              : await orderOf(tx, call, PortalProductId, DisplayOrder),
          lastModified: clock.now(),
        }
        tx.write(records.portalProduct, topLevelKey(call, PortalProductId), product)
        return productOutput(product, call, partition)
      })
    },

    /** Portals show it until they are published again (developer guide, "Delete a portal product in API Gateway"). */
    async DeletePortalProduct({ PortalProductId }, call) {
      await store.transact(async (tx) => {
        await findProduct(tx, call, PortalProductId)
        tx.deleteAll(records.productPage, within(call, PortalProductId))
        tx.deleteAll(records.productRestEndpointPage, within(call, PortalProductId))
        tx.delete(records.portalProduct, topLevelKey(call, PortalProductId))
      })
      return {}
    },

    async PutPortalProductSharingPolicy({ PortalProductId, PolicyDocument }, call) {
      const { diagnostics } = readPolicy(PolicyDocument, policyKinds.resource, {
        textMax: sharingPolicyMax,
      })
      refuse(
        'PolicyDocument',
        '',
        diagnostics.filter(({ severity }) => severity === 'error'),
      )
      await change(call, PortalProductId, (known) => ({ ...known, sharingPolicy: PolicyDocument }))
      return {}
    },

    async GetPortalProductSharingPolicy({ PortalProductId }, call) {
      const { sharingPolicy } = await findProduct(store, call, PortalProductId)
      return { PortalProductId, PolicyDocument: sharingPolicy }
    },

    async DeletePortalProductSharingPolicy({ PortalProductId }, call) {
      await change(call, PortalProductId, ({ sharingPolicy: _policy, ...rest }) => rest)
      return {}
    },
  }
}
