import type { Handlers } from '#aws/call.ts'
import type { ApiGatewayOperations } from '#aws/tables/apigateway.ts'
import { newId } from '#base/ids.ts'
import { records } from '#model/records.ts'
import type { Resource, Stage } from '#model/rest-api.ts'
import type { VpcLink } from '#model/vpc-link.ts'
import type { Transaction } from '#store/store.ts'
import { wellFormedArn } from './arn.ts'
import { routedStagesOfAccount, stagesOfAccount } from './account-stages.ts'
import type { Environment } from './environment.ts'
import { badRequest } from './errors.ts'
import { findVpcLink, own } from './find.ts'
import { topLevelKey, topLevelOf, childKey, type Place } from './keys.ts'
import { listPage, pageRequest } from './paging.ts'
import { applyPatch, patchText, plainDialect, type PatchTable } from './patch.ts'
import { checkRoom } from './quota.ts'
import { checkedTagsOf } from './tags.ts'

type Operations = ApiGatewayOperations
type VpcLinkOutput = Operations['GetVpcLink']['output']

export function vpcLinks({ store, quotas }: Environment): Handlers<Operations> {
  return {
    /** As on AWS the link is not there yet when this is answered; here it is when somebody looks. */
    async CreateVpcLink(input, call) {
      const link: VpcLink = {
        id: newId(6),
        name: checkedName(input.name),
        description: patchText(input.description),
        targetArns: checkedTargets(input.targetArns),
        tags: checkedTagsOf(input.tags),
      }
      await store.transact(async (tx) => {
        await checkRoom(tx, quotas, 'vpcLinks', records.vpcLink, topLevelOf(call))
        tx.create(records.vpcLink, topLevelKey(call, link.id), link)
      })
      return { ...link, status: 'PENDING' }
    },

    async GetVpcLinks(input, call) {
      const request = pageRequest(input)
      const { page, position } = await listPage(store, records.vpcLink, topLevelOf(call), request)
      return { items: page.map((value) => vpcLinkOutput(value)), position }
    },

    async GetVpcLink({ vpcLinkId }, call) {
      return withTags(await findVpcLink(store, call, vpcLinkId))
    },

    async UpdateVpcLink({ vpcLinkId, patchOperations }, call) {
      return store.transact(async (tx) => {
        const updated = applyPatch(patchable, await findVpcLink(tx, call, vpcLinkId), patchOperations)
        tx.write(records.vpcLink, topLevelKey(call, vpcLinkId), updated)
        return withTags(updated)
      })
    },

    async DeleteVpcLink({ vpcLinkId }, call) {
      await store.transact(async (tx) => {
        await findVpcLink(tx, call, vpcLinkId)
        const users = await usersOf(tx, call, vpcLinkId)
        if (users.length > 0) {
          throw badRequest(
            `Cannot delete vpc link. Vpc link '${vpcLinkId}', is referenced in [${users.join(', ')}] in format of [RESTApiId:Method:Resource:Stage].`,
          )
        }
        tx.delete(records.vpcLink, topLevelKey(call, vpcLinkId))
      })
      return {}
    },
  }
}

/** Methods of deployed stages that go through a link, by its id or by a stage variable that holds it. */
async function usersOf(tx: Transaction, place: Place, vpcLinkId: string): Promise<string[]> {
  const users = new Set<string>()
  for (const { restApiId, stage } of await stagesOfAccount(tx, place)) {
    const resources: Resource[] = []
    for (const deploymentId of [stage.deploymentId, stage.canarySettings?.deploymentId]) {
      const key = deploymentId && childKey(place, restApiId, deploymentId)
      if (key) resources.push(...((await tx.read(records.snapshot, key))?.value.resources ?? []))
    }
    for (const { id, methods } of resources) {
      for (const { httpMethod, integration } of Object.values(methods)) {
        if (
          integration?.connectionType === 'VPC_LINK' &&
          mayBeLink(integration.connectionId, stage, vpcLinkId)
        ) {
          users.add(`${restApiId}:${httpMethod}:${id}:${stage.stageName}`)
        }
      }
    }
  }
  // Those of WebSocket APIs, which have the links of REST APIs, in the same form.
  for (const { apiId, stage } of await routedStagesOfAccount(tx, place)) {
    const key = stage.deploymentId && childKey(place, apiId, stage.deploymentId)
    const snapshot = key ? (await tx.read(records.apiSnapshot, key))?.value : undefined
    if (snapshot?.protocol !== 'WEBSOCKET') continue
    const { routes, integrations } = snapshot
    for (const { integrationId, connectionType, connectionId } of integrations) {
      if (connectionType !== 'VPC_LINK') continue
      if (!mayBeLink(connectionId, { variables: stage.stageVariables }, vpcLinkId)) continue
      for (const { routeKey, routeId, target } of routes) {
        if (target === `integrations/${integrationId}`) {
          users.add(`${apiId}:${routeKey}:${routeId}:${stage.stageName}`)
        }
      }
    }
  }
  return [...users]
}

function mayBeLink(
  connectionId = '',
  { variables, canarySettings }: Pick<Stage, 'variables' | 'canarySettings'>,
  vpcLinkId: string,
): boolean {
  const variable = /^\$\{stageVariables\.(\w+)\}$/.exec(connectionId)?.[1]
  if (variable === undefined) return connectionId === vpcLinkId
  const maps = [variables, canarySettings?.stageVariableOverrides]
  return maps.some((map) => own(map, variable) === vpcLinkId)
}

function checkedName(name = ''): string {
  if (name.trim() === '') throw badRequest('Name cannot be empty')
  return name
}

/** @throws BadRequestException unless it is one network load balancer */
function checkedTargets(arns: readonly string[]): readonly string[] {
  if (arns.length > 1) throw badRequest('More than one target arn specified for vpc link.')
  wellFormedArn(arns[0] ?? '')
  return arns
}

const networkLoadBalancer = /:elasticloadbalancing:[^:]*:\d*:loadbalancer\/net\//

/** Answers about one link that is there already show that it has no tags; others leave them out (recorded on AWS). */
function withTags(link: VpcLink): VpcLinkOutput {
  return { ...vpcLinkOutput(link), tags: link.tags ?? {} }
}

/** A link to something else than a network load balancer is made, and fails (terraform-provider-aws issue 30910). */
function vpcLinkOutput(link: VpcLink): VpcLinkOutput {
  if (!link.targetArns.every((arn) => networkLoadBalancer.test(arn))) {
    return { ...link, status: 'FAILED', statusMessage: 'NLB ARN is malformed' }
  }
  return { ...link, status: 'AVAILABLE', statusMessage: 'Your vpc link is ready for use' }
}

const patchable: PatchTable<VpcLink> = {
  dialect: {
    ...plainDialect,
    unknownPath: (operation, rows) =>
      operation.path?.startsWith('/targetArns')
        ? badRequest('Target arns are not allowed to be changed/added.')
        : plainDialect.unknownPath(operation, rows),
  },
  rows: [
    {
      path: '/name',
      ops: ['replace'],
      apply: (link, { value }) => ({ ...link, name: checkedName(value) }),
    },
    {
      path: '/description',
      ops: ['replace'],
      apply: (link, { value }) => ({ ...link, description: patchText(value) }),
    },
  ],
}
