import type { HttpRequest } from '#http/message.ts'
import type { BasePathMapping, DomainName } from '#model/domain-name.ts'
import type { RoutingRule } from '#model/routing-rule.ts'
import { basePathStart, isBelow, longestMatch, noBasePath, pathEndOf } from './base-path.ts'
import { compilePrivatePolicy, type AllowedIn } from './private-policy.ts'
import { compileHeaderCondition, type HeaderCondition } from './header-condition.ts'

/** A custom domain name and where it leads, as its owner defined it. */
export interface DomainDefinition {
  /** `{account}/{region}/{domainNameRecordId}`: one among all accounts and regions. */
  readonly id: string
  readonly domain: DomainName
  readonly mappings: readonly BasePathMapping[]
  readonly rules: readonly RoutingRule[]
  /** It leads to a developer portal, and to no API. */
  readonly isPortal?: boolean | undefined
  /** VPC endpoints that are associated with a private one; undefined: none. */
  readonly associations?: readonly string[] | undefined
}

/** What answers a request for a custom domain name. */
export interface DomainTarget {
  readonly apiId: string
  /** Undefined: the path names it next. */
  readonly stage: string | undefined
  readonly basePathMatched: string
  /** Where in the request-target the rest of the path begins. */
  readonly start: number
}

/** A custom domain name, ready to serve. Immutable: a change is another plan. */
export interface DomainPlan {
  readonly id: string
  /** `api.example.com`, `*.example.com` */
  readonly name: string
  readonly isPrivate: boolean
  readonly isPortal: boolean
  /** What its policy says; undefined: everybody may come in. */
  readonly allowsIn: AllowedIn | undefined
  /** Whether the TLS handshake must have been for the same name, and the way in be that of the endpoint's type. */
  readonly strict: boolean
  /** Whether clients must show a certificate. */
  readonly mutual: boolean
  /** @returns undefined when nothing is mapped there */
  lead(request: HttpRequest): DomainTarget | undefined
}

type Lead = DomainPlan['lead']

/** Developer guide, "Set the routing mode for your custom domain name". Version 2 calls mappings `API_MAPPING`. */
const modes: Readonly<Record<DomainName['routingMode'], (rules: Lead, mappings: Lead) => Lead>> = {
  BASE_PATH_MAPPING_ONLY: (_rules, mappings) => mappings,
  ROUTING_RULE_ONLY: (rules) => rules,
  ROUTING_RULE_THEN_BASE_PATH_MAPPING: (rules, mappings) => (request) => rules(request) ?? mappings(request),
}

export function compileDomain(definition: DomainDefinition): DomainPlan {
  const { id, domain, mappings, rules, associations = [] } = definition
  const [account, region, recordId] = id.split('/')
  const isPrivate = domain.domainNameId !== undefined
  return {
    id,
    name: domain.domainName,
    isPrivate,
    isPortal: definition.isPortal === true,
    allowsIn: isPrivate
      ? compilePrivatePolicy(
          domain.policy,
          `arn:aws:execute-api:${region}:${account}:/domainnames/${recordId}`,
          new Set(associations),
        )
      : undefined,
    strict: domain.endpointAccessMode === 'STRICT',
    mutual: domain.mutualTlsAuthentication !== undefined,
    lead: modes[domain.routingMode](compileRules(rules), compileMappings(mappings)),
  }
}

/** Developer guide, "Using API mappings to connect API stages to a custom domain name": the longest path wins. */
function compileMappings(mappings: readonly BasePathMapping[]): Lead {
  const byBasePath = new Map(mappings.map((mapping) => [mapping.basePath, mapping]))
  const segmentsMax = Math.max(0, ...mappings.map(({ basePath }) => basePath.split('/').length))
  return ({ target }) => {
    const end = pathEndOf(target)
    const start = basePathStart(target, end)
    const mapping = longestMatch(byBasePath, segmentsMax, target, start, end)
    if (mapping === undefined) return undefined
    const { basePath, restApiId, stage } = mapping
    const isRoot = basePath === noBasePath
    return {
      apiId: restApiId,
      stage,
      basePathMatched: basePath,
      start: isRoot ? 0 : start + basePath.length,
    }
  }
}

interface CompiledRule {
  readonly basePaths: readonly string[]
  readonly headers: readonly HeaderCondition[]
  readonly apiId: string
  readonly stage: string
  readonly stripBasePath: boolean
}

/** Same guide, "Routing rules to connect API stages to a custom domain name for REST APIs". */
function compileRules(rules: readonly RoutingRule[]): Lead {
  const compiled = rules.toSorted((one, other) => one.priority - other.priority).flatMap(compileRule)
  return ({ target, headers }) => {
    const end = pathEndOf(target)
    const start = basePathStart(target, end)
    for (const { basePaths, headers: conditions, apiId, stage, stripBasePath } of compiled) {
      const basePath = basePaths.find((path) => isBelow(target, start, end, path))
      if (basePaths.length > 0 && basePath === undefined) continue
      if (!conditions.every((holds) => holds(headers))) continue
      return {
        apiId,
        stage,
        basePathMatched: basePath ?? noBasePath,
        start: stripBasePath && basePath !== undefined ? start + basePath.length : 0,
      }
    }
    return undefined
  }
}

function compileRule({ conditions, actions }: RoutingRule): CompiledRule[] {
  return actions.map(({ invokeApi: { apiId, stage, stripBasePath = false } }) => ({
    basePaths: conditions.flatMap(({ matchBasePaths }) => matchBasePaths?.anyOf ?? []),
    headers: conditions
      .flatMap(({ matchHeaders }) => matchHeaders?.anyOf ?? [])
      .map((match) => compileHeaderCondition(match)),
    apiId,
    stage,
    stripBasePath,
  }))
}
