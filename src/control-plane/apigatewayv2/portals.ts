import { randomBytes } from 'node:crypto'
import type { Call, Handlers } from '#aws/call.ts'
import { AwsError } from '#aws/error.ts'
import type { ApiGatewayV2Operations } from '#aws/tables/apigatewayv2.ts'
import { newId } from '#base/ids.ts'
import { siteIds, type Portal, type StatusException } from '#model/portal.ts'
import { records } from '#model/records.ts'
import type { Transaction } from '#store/store.ts'
import { badRequest } from '../apigateway/errors.ts'
import { childKey, topLevelKey, topLevelOf, within } from '../apigateway/keys.ts'
import { checkQuota, checkRoom } from '../apigateway/quota.ts'
import { checkedTagsOf } from '../apigateway/tags.ts'
import type { Environment } from './environment.ts'
import { listItems } from './paging.ts'
import { checkedOptional } from './portal-checks.ts'
import { findReadableProduct, productOfArn } from './portal-product-record.ts'
import { changedPortal, findPortal, portalOutput, previewPlace } from './portal-record.ts'
import { takeSite } from './portal-site.ts'

type Operations = ApiGatewayV2Operations

/** How long the address of a preview leads to it: AWS calls it short-lived and gives no number. */
export const previewMs: number = 60 * 60 * 1000
const previewTokenBytes = 24

export function portals(environment: Environment): Handlers<Operations> {
  const { store, clock, quotas, partition, sealer } = environment
  const shown = (portal: Portal, call: Call) => portalOutput(portal, call, environment)
  /** Products are the account's own, or shared with it, each once. @throws BadRequestException, NotFoundException */
  const checkProducts = async (tx: Transaction, call: Call, arns: readonly string[]): Promise<void> => {
    checkQuota(quotas, 'productsPerPortal', arns.length)
    for (const [at, arn] of arns.entries()) {
      const named = productOfArn(partition, call, arn)
      if (named === undefined) {
        throw badRequest(
          `Invalid IncludedPortalProductArns specified: ${arn}. Expected ARNs of portal products in ${call.region}`,
        )
      }
      if (arns.indexOf(arn) !== at) {
        throw badRequest(`Invalid IncludedPortalProductArns specified: ${arn} is named twice`)
      }
      await findReadableProduct(tx, call, named.id, named.account, partition)
    }
  }
  /** Several portals, or a portal and APIs, at one name would each be sometimes there. @throws BadRequestException */
  const checkDomain = async (
    tx: Transaction,
    call: Call,
    { portalId, customDomain }: Portal,
  ): Promise<void> => {
    if (customDomain === undefined) return
    if ((await tx.read(records.domainName, topLevelKey(call, customDomain.domainName))) !== undefined) {
      throw badRequest(`The domain name ${customDomain.domainName} is that of APIs`)
    }
    const others = await tx.list(records.portal, topLevelOf(call))
    if (
      others.some(
        ({ id, value }) => id !== portalId && value.customDomain?.domainName === customDomain.domainName,
      )
    ) {
      throw badRequest(`The domain name ${customDomain.domainName} is that of another portal`)
    }
  }
  /** Writes what a portal would show. @returns why it cannot be shown; undefined when it is */
  const show = async (
    tx: Transaction,
    call: Call,
    portal: Portal,
    siteId: string,
  ): Promise<StatusException | undefined> => {
    try {
      const site = await takeSite(tx, call, portal, partition, clock.now())
      tx.write(records.portalSite, childKey(call, portal.portalId, siteId), site)
      return undefined
    } catch (error) {
      if (!(error instanceof AwsError)) throw error
      return { exception: error.code, message: error.message }
    }
  }
  return {
    async CreatePortal({ IncludedPortalProductArns = [], Tags, ...input }, call) {
      const blank: Portal = {
        portalId: newId(10),
        authorization: {},
        includedPortalProductArns: IncludedPortalProductArns,
        portalContent: blankContent,
        publishStatus: 'DISABLED',
        lastModified: clock.now(),
        tags: checkedTagsOf(Tags),
      }
      const portal = changedPortal(blank, input)
      await store.transact(async (tx) => {
        await checkProducts(tx, call, IncludedPortalProductArns)
        await checkDomain(tx, call, portal)
        await checkRoom(tx, quotas, 'portals', records.portal, topLevelOf(call))
        tx.create(records.portal, topLevelKey(call, portal.portalId), portal)
      })
      const { Preview: _preview, ...output } = shown(portal, call)
      return output
    },

    async GetPortal({ PortalId }, call) {
      return shown(await findPortal(store, call, PortalId), call)
    },

    async ListPortals(page, call) {
      return listItems(store, records.portal, topLevelOf(call), page, (portal) => shown(portal, call))
    },

    /** What readers see changes when it is published again; who may read it, and by which name, at once. */
    async UpdatePortal({ PortalId, IncludedPortalProductArns: arns, ...input }, call) {
      return store.transact(async (tx) => {
        const known = await findPortal(tx, call, PortalId)
        const portal: Portal = {
          ...changedPortal(known, input),
          includedPortalProductArns: arns ?? known.includedPortalProductArns,
          lastModified: clock.now(),
        }
        if (arns !== undefined) await checkProducts(tx, call, arns)
        await checkDomain(tx, call, portal)
        tx.write(records.portal, topLevelKey(call, PortalId), portal)
        return shown(portal, call)
      })
    },

    /** Developer guide, "Delete a portal in API Gateway": it must be disabled first. */
    async DeletePortal({ PortalId }, call) {
      await store.transact(async (tx) => {
        const found = (await tx.read(records.portal, topLevelKey(call, PortalId)))?.value
        // The operation has no error for one that is not there.
        if (found === undefined) return
        if ((await tx.read(records.portalSite, childKey(call, PortalId, siteIds.published))) !== undefined) {
          throw badRequest('A portal must be disabled before it is deleted')
        }
        tx.deleteAll(records.portalSite, within(call, PortalId))
        tx.delete(records.portal, topLevelKey(call, PortalId))
      })
      return {}
    },

    /** Published once it is answered, where AWS takes minutes. What cannot be shown leaves what readers see. */
    async PublishPortal({ PortalId, Description }, call) {
      const description = checkedOptional('Description', Description)
      await store.transact(async (tx) => {
        const { statusException: _before, ...known } = await findPortal(tx, call, PortalId)
        const failure = await show(tx, call, known, siteIds.published)
        const portal: Portal =
          failure === undefined
            ? {
                ...known,
                publishStatus: 'PUBLISHED',
                lastPublished: clock.now(),
                lastPublishedDescription: description,
              }
            : { ...known, publishStatus: 'PUBLISH_FAILED', statusException: failure }
        tx.write(records.portal, topLevelKey(call, PortalId), portal)
      })
      return {}
    },

    async DisablePortal({ PortalId }, call) {
      await store.transact(async (tx) => {
        const { statusException: _before, ...known } = await findPortal(tx, call, PortalId)
        tx.delete(records.portalSite, childKey(call, PortalId, siteIds.published))
        tx.write(records.portal, topLevelKey(call, PortalId), { ...known, publishStatus: 'DISABLED' })
      })
      return {}
    },

    async PreviewPortal({ PortalId }, call) {
      const token = randomBytes(previewTokenBytes).toString('base64url')
      await store.transact(async (tx) => {
        const known = await findPortal(tx, call, PortalId)
        const failure = await show(tx, call, known, siteIds.preview)
        const preview =
          failure === undefined
            ? { token: sealer.seal(token, previewPlace(PortalId)), until: clock.now() + previewMs }
            : { failure }
        tx.write(records.portal, topLevelKey(call, PortalId), { ...known, preview })
      })
      return {}
    },
  }
}

/** What a portal is made with is said in the same call. */
const blankContent: Portal['portalContent'] = {
  displayName: '',
  customColors: {
    accentColor: '',
    backgroundColor: '',
    errorValidationColor: '',
    headerColor: '',
    navigationColor: '',
    textColor: '',
  },
}
