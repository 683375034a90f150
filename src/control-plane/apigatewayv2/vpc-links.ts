import type { Handlers } from '#aws/call.ts'
import type { ApiGatewayV2Operations, VpcLink } from '#aws/tables/apigatewayv2.ts'
import { newId } from '#base/ids.ts'
import type { ApiVpcLink } from '#model/http-api.ts'
import { records } from '#model/records.ts'
import type { Transaction } from '#store/store.ts'
import { badRequest, notFound } from '../apigateway/errors.ts'
import type { Reader } from '../apigateway/find.ts'
import { topLevelKey, topLevelOf, within, type Place } from '../apigateway/keys.ts'
import { checkRoom } from '../apigateway/quota.ts'
import { checkedTagsOf } from '../apigateway/tags.ts'
import type { Environment } from './environment.ts'
import { merged } from './merge.ts'
import { listItems } from './paging.ts'
import { capitalized } from './wire-names.ts'

type Operations = ApiGatewayV2Operations

const nameCharactersMax = 128
/** Developer guide, "Amazon API Gateway quotas": subnets of a link. */
const subnetsMax = 10

export function vpcLinks({ store, clock, quotas }: Environment): Handlers<Operations> {
  return {
    /** As on AWS the link is not there yet when this is answered; here it is when somebody looks. */
    async CreateVpcLink({ Name, SubnetIds, SecurityGroupIds = [], Tags }, call) {
      if (SubnetIds.length === 0) throw badRequest('SubnetIds for a vpc link cannot be empty')
      if (SubnetIds.length > subnetsMax) {
        throw badRequest(`A vpc link has at most ${subnetsMax} subnets; found ${SubnetIds.length}`)
      }
      const link: ApiVpcLink = {
        vpcLinkId: newId(6),
        name: checkedName(Name),
        subnetIds: SubnetIds,
        securityGroupIds: SecurityGroupIds,
        tags: checkedTagsOf(Tags),
        createdDate: clock.now(),
      }
      await store.transact(async (tx) => {
        await checkRoom(tx, quotas, 'apiVpcLinks', records.apiVpcLink, topLevelOf(call))
        tx.create(records.apiVpcLink, topLevelKey(call, link.vpcLinkId), link)
      })
      return {
        ...vpcLinkOutput(link),
        VpcLinkStatus: 'PENDING',
        VpcLinkStatusMessage: 'VPC link is provisioning ENIs',
      }
    },

    async GetVpcLinks(page, call) {
      return listItems(store, records.apiVpcLink, topLevelOf(call), page, vpcLinkOutput)
    },

    async GetVpcLink({ VpcLinkId }, call) {
      return vpcLinkOutput(await findVpcLink(store, call, VpcLinkId))
    },

    /** Its name alone: subnets and groups are for good (developer guide, "Working with VPC links for HTTP APIs"). */
    async UpdateVpcLink({ VpcLinkId, Name }, call) {
      return store.transact(async (tx) => {
        const known = await findVpcLink(tx, call, VpcLinkId)
        const updated = merged(known, { name: Name === undefined ? undefined : checkedName(Name) })
        tx.write(records.apiVpcLink, topLevelKey(call, VpcLinkId), updated)
        return vpcLinkOutput(updated)
      })
    },

    async DeleteVpcLink({ VpcLinkId }, call) {
      await store.transact(async (tx) => {
        await findVpcLink(tx, call, VpcLinkId)
        const users = await routesThrough(tx, call, VpcLinkId)
        // As AWS says it: hashicorp/terraform-provider-aws issue 12195.
        if (users.length > 0) {
          throw badRequest(
            `Cannot delete vpc link. Vpc link '${VpcLinkId}', is referenced in [${users.join(', ')}] in format of [Method:Resource].`,
          )
        }
        tx.delete(records.apiVpcLink, topLevelKey(call, VpcLinkId))
      })
      return {}
    },
  }
}

async function findVpcLink(reader: Reader, place: Place, id: string): Promise<ApiVpcLink> {
  const found = await reader.read(records.apiVpcLink, topLevelKey(place, id))
  if (found === undefined) throw notFound(`Invalid VpcLink identifier specified ${id}`)
  return found.value
}

/** Routes, as they are now, that go through a link. */
async function routesThrough(tx: Transaction, place: Place, vpcLinkId: string): Promise<string[]> {
  const users: string[] = []
  for (const { id: apiId } of await tx.list(records.api, topLevelOf(place))) {
    const integrations = await tx.list(records.apiIntegration, within(place, apiId))
    const through = integrations.filter(
      ({ value }) => value.connectionType === 'VPC_LINK' && value.connectionId === vpcLinkId,
    )
    if (through.length === 0) continue
    const targets = new Set(through.map(({ id }) => `integrations/${id}`))
    for (const { value: route } of await tx.list(records.route, within(place, apiId))) {
      if (!targets.has(route.target ?? '')) continue
      const method = route.routeKey.includes(' ') ? route.routeKey.split(' ')[0] : 'ANY'
      users.push(`${method}:${route.routeId}`)
    }
  }
  return users
}

/** @throws BadRequestException */
function checkedName(name: string): string {
  if (name.trim() === '') throw badRequest('Name cannot be empty')
  if (name.length > nameCharactersMax) {
    throw badRequest(
      `Invalid name specified: expected at most ${nameCharactersMax} characters, found ${name.length}`,
    )
  }
  return name
}

function vpcLinkOutput(link: ApiVpcLink): VpcLink {
  return {
    ...capitalized(link),
    Tags: link.tags ?? {},
    VpcLinkStatus: 'AVAILABLE',
    VpcLinkStatusMessage: 'VPC link is ready to route traffic',
    VpcLinkVersion: 'V2',
  }
}
