import type { Call, Handlers } from '#aws/call.ts'
import type { ApiGatewayV2Operations, RoutingRule as RuleOutput } from '#aws/tables/apigatewayv2.ts'
import { newId } from '#base/ids.ts'
import { domainNameRecordId } from '#model/domain-name.ts'
import { records } from '#model/records.ts'
import { routingRuleFault, type RoutingRule } from '#model/routing-rule.ts'
import type { Store, Transaction } from '#store/store.ts'
import { findDomainName } from '../apigateway/domain-name-changes.ts'
import { badRequest, conflict, notFound } from '../apigateway/errors.ts'
import type { Reader } from '../apigateway/find.ts'
import { childKey, within, type Place } from '../apigateway/keys.ts'
import { listPage, pageRequest } from '../apigateway/paging.ts'
import { checkRoom } from '../apigateway/quota.ts'
import { protocolOf } from './api-mapping-check.ts'
import type { Environment } from './environment.ts'

type Operations = ApiGatewayV2Operations
type RuleInput = Operations['CreateRoutingRule']['input']

/** What names a domain name in operations of rules: private ones need their id. */
type DomainId = Pick<RuleInput, 'DomainName' | 'DomainNameId'>

export function routingRules({ store, quotas, partition }: Environment): Handlers<Operations> {
  const shown = (rule: RoutingRule, domain: string, { account, region }: Call): RuleOutput => ({
    Actions: rule.actions.map(({ invokeApi: { apiId, stage, stripBasePath = false } }) => ({
      InvokeApi: { ApiId: apiId, Stage: stage, StripBasePath: stripBasePath },
    })),
    Conditions: rule.conditions.map(({ matchBasePaths, matchHeaders }) => ({
      MatchBasePaths: matchBasePaths && { AnyOf: matchBasePaths.anyOf },
      MatchHeaders: matchHeaders && {
        AnyOf: matchHeaders.anyOf.map(({ header, valueGlob }) => ({ Header: header, ValueGlob: valueGlob })),
      },
    })),
    Priority: rule.priority,
    RoutingRuleArn: `arn:${partition}:apigateway:${region}:${account}:/domainnames/${domain}/routingrules/${rule.routingRuleId}`,
    RoutingRuleId: rule.routingRuleId,
  })
  return {
    async CreateRoutingRule(input, call) {
      const rule = ruleOf(newId(6), input)
      return store.transact(async (tx) => {
        const domain = await recordIdOf(tx, call, input)
        await checkRule(tx, call, domain, rule)
        await checkRoom(tx, quotas, 'routingRules', records.routingRule, within(call, domain))
        tx.create(records.routingRule, childKey(call, domain, rule.routingRuleId), rule)
        return shown(rule, domain, call)
      })
    },

    async ListRoutingRules({ MaxResults, NextToken, ...id }, call) {
      const request = pageRequest({ limit: MaxResults, position: NextToken })
      const domain = await recordIdOf(store, call, id)
      const { page, position } = await listPage(store, records.routingRule, within(call, domain), request)
      return { RoutingRules: page.map((rule) => shown(rule, domain, call)), NextToken: position }
    },

    async GetRoutingRule({ RoutingRuleId, ...id }, call) {
      const domain = await recordIdOf(store, call, id)
      return shown(await findRule(store, call, domain, RoutingRuleId), domain, call)
    },

    /** A whole rule in the place of another one. */
    async PutRoutingRule(input, call) {
      const rule = ruleOf(input.RoutingRuleId, input)
      return store.transact(async (tx) => {
        const domain = await recordIdOf(tx, call, input)
        await findRule(tx, call, domain, rule.routingRuleId)
        await checkRule(tx, call, domain, rule)
        tx.write(records.routingRule, childKey(call, domain, rule.routingRuleId), rule)
        return shown(rule, domain, call)
      })
    },

    async DeleteRoutingRule({ RoutingRuleId, ...id }, call) {
      await store.transact(async (tx) => {
        const domain = await recordIdOf(tx, call, id)
        await findRule(tx, call, domain, RoutingRuleId)
        tx.delete(records.routingRule, childKey(call, domain, RoutingRuleId))
      })
      return {}
    },
  }
}

/** @throws BadRequestException */
function ruleOf(
  routingRuleId: string,
  { Priority, Conditions, Actions }: Omit<RuleInput, keyof DomainId>,
): RoutingRule {
  const rule: RoutingRule = {
    routingRuleId,
    priority: Priority,
    conditions: Conditions.map(({ MatchBasePaths, MatchHeaders }) => ({
      matchBasePaths: MatchBasePaths && { anyOf: MatchBasePaths.AnyOf },
      matchHeaders: MatchHeaders && {
        anyOf: MatchHeaders.AnyOf.map(({ Header, ValueGlob }) => ({ header: Header, valueGlob: ValueGlob })),
      },
    })),
    actions: Actions.map(({ InvokeApi: { ApiId, Stage, StripBasePath = false } }) => ({
      invokeApi: { apiId: ApiId, stage: Stage, stripBasePath: StripBasePath },
    })),
  }
  const fault = routingRuleFault(rule)
  if (fault !== undefined) throw badRequest(`Invalid routing rule specified: ${fault}`)
  return rule
}

/**
 * Its priority is its own, and what it leads to is there: a stage of a REST API, as on AWS, or of an HTTP API.
 * @throws BadRequestException, ConflictException
 */
async function checkRule(tx: Transaction, place: Place, domain: string, rule: RoutingRule): Promise<void> {
  const rules = await tx.list(records.routingRule, within(place, domain))
  if (rules.some(({ id, value }) => id !== rule.routingRuleId && value.priority === rule.priority)) {
    throw conflict(`Another routing rule of this domain name already has the priority ${rule.priority}`)
  }
  for (const { invokeApi } of rule.actions) {
    if ((await protocolOf(tx, place, invokeApi.apiId, invokeApi.stage)) === 'WEBSOCKET') {
      throw badRequest('WebSocket APIs are not supported as target APIs for routing rules')
    }
  }
}

async function findRule(reader: Reader, place: Place, domain: string, id: string): Promise<RoutingRule> {
  const found = await reader.read(records.routingRule, childKey(place, domain, id))
  if (found === undefined) throw notFound('Invalid routing rule identifier specified')
  return found.value
}

/** @throws NotFoundException */
async function recordIdOf(
  reader: Pick<Store | Transaction, 'read'>,
  place: Place,
  { DomainName, DomainNameId }: DomainId,
): Promise<string> {
  const domain = await findDomainName(reader, place, { domainName: DomainName, domainNameId: DomainNameId })
  return domainNameRecordId(domain.domainName, domain.domainNameId)
}
