/**
 * A rule of a custom domain name, in AWS's own words (API Gateway version 2, RoutingRule). Developer guide, "Routing
 * rules to connect API stages to a custom domain name for REST APIs".
 */
export interface RoutingRule {
  readonly routingRuleId: string
  /** Rules are tried from the lowest to the highest; no two of a domain name have the same. */
  readonly priority: number
  /** All must hold; none always does. */
  readonly conditions: readonly RoutingCondition[]
  /** One. */
  readonly actions: readonly RoutingAction[]
}

export interface RoutingCondition {
  readonly matchBasePaths?: { readonly anyOf: readonly string[] } | undefined
  /** AWS calls it `anyOf`, yet all of them must hold. */
  readonly matchHeaders?: { readonly anyOf: readonly HeaderMatch[] } | undefined
}

export interface HeaderMatch {
  /** Case does not matter. */
  readonly header: string
  /** Case matters. `*` at the beginning, at the end or at both stands for anything. */
  readonly valueGlob: string
}

export interface RoutingAction {
  readonly invokeApi: {
    readonly apiId: string
    readonly stage: string
    /** Whether the base path that was matched is taken off before the API's resources are looked at. */
    readonly stripBasePath?: boolean | undefined
  }
}

export const routingRuleLimits = {
  priorityMin: 1,
  priorityMax: 1_000_000,
  headersMax: 2,
  basePathsMax: 1,
  actionsMax: 1,
  headerCharactersMax: 40,
  valueGlobCharactersMax: 128,
  basePathCharactersMax: 300,
} as const

/** Headers that rules cannot look at (same page, restrictions). */
const RESTRICTED =
  /^(access-control-.*|apigw-.*|authorization|connection|content-(encoding|length|location)|forwarded|keep-alive|origin|proxy-(authenticate|authorization)|te|trailers|transfer-encoding|upgrade|x-amzn?-.*|x-apigw-api-id|x-forwarded-(for|host|proto)|via)$/i
const HEADER_NAME = /^[a-z0-9!#$%&'*+.^_`|~-]+$/i
const GLOB = /^\*?[^*]+\*?$/
const BASE_PATH = /^[A-Za-z0-9$\-_.+!*'()]+(?:\/[A-Za-z0-9$\-_.+!*'()]+)*$/

/** What keeps a rule from being one; undefined when nothing does. */
export function routingRuleFault({ priority, conditions, actions }: RoutingRule): string | undefined {
  const limits = routingRuleLimits
  const headers = conditions.flatMap(({ matchHeaders }) => matchHeaders?.anyOf ?? [])
  const basePaths = conditions.flatMap(({ matchBasePaths }) => matchBasePaths?.anyOf ?? [])
  if (!Number.isInteger(priority) || priority < limits.priorityMin || priority > limits.priorityMax) {
    return `priority must be a whole number from ${limits.priorityMin} to ${limits.priorityMax}; found ${priority}`
  }
  if (actions.length !== limits.actionsMax) return `a rule has one action; found ${actions.length}`
  if (headers.length > limits.headersMax) {
    return `a rule looks at up to ${limits.headersMax} headers; found ${headers.length}`
  }
  if (basePaths.length > limits.basePathsMax) {
    return `a rule looks at one base path; found ${basePaths.length}`
  }
  if (
    conditions.some(
      ({ matchBasePaths, matchHeaders }) => (matchBasePaths === undefined) === (matchHeaders === undefined),
    )
  ) {
    return 'a condition has either matchBasePaths or matchHeaders'
  }
  return headers.map(headerFault).find(isFault) ?? basePaths.map(basePathFault).find(isFault)
}

function headerFault({ header, valueGlob }: HeaderMatch): string | undefined {
  const { headerCharactersMax, valueGlobCharactersMax } = routingRuleLimits
  if (!HEADER_NAME.test(header) || header.length > headerCharactersMax) {
    return `expected the name of a header, at most ${headerCharactersMax} characters; found ${header}`
  }
  if (RESTRICTED.test(header)) return `rules cannot look at the header ${header}`
  if (!GLOB.test(valueGlob) || valueGlob.length > valueGlobCharactersMax) {
    return `expected value, value*, *value or *value*, at most ${valueGlobCharactersMax} characters; found ${valueGlob}`
  }
  return undefined
}

function basePathFault(basePath: string): string | undefined {
  const { basePathCharactersMax } = routingRuleLimits
  if (BASE_PATH.test(basePath) && basePath.length <= basePathCharactersMax) return undefined
  return `expected a base path such as orders/v1, at most ${basePathCharactersMax} characters; found ${basePath}`
}

function isFault(fault: string | undefined): fault is string {
  return fault !== undefined
}
