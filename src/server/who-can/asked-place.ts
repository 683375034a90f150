import { compile } from '#compiler/compile.ts'
import { compileHttpApi } from '#compiler/compile-http-api.ts'
import { compileWebSocketApi } from '#compiler/compile-websocket-api.ts'
import type { Exchange } from '#data-plane/exchange.ts'
import type { DataPlaneLimits } from '#data-plane/limits.ts'
import { methodPlace, routePlace } from '#data-plane/method-arn.ts'
import type { ApiPlan, RoutePlan } from '#data-plane/plan.ts'
import type { DeployedHttpStage, DeployedRestStage, DeployedWebSocketStage } from '../served-stages.ts'

/** A deployed stage of which it is asked who may call it, whatever the kind of its API. */
export interface AskedPlace {
  /** With the steps alone that decide who may call. */
  readonly plan: ApiPlan
  /** `arn:aws:execute-api:{region}:{account}:{apiId}` */
  readonly apiArn: string
  /** The API's resource policy; empty: it has none. */
  readonly policy: string
  readonly hasCanary: boolean
  /** What policies are asked about, below the API's ARN. */
  readonly placeOf: (exchange: Exchange) => string
  /** Undefined where nothing is defined. */
  readonly guardOf: (route: RoutePlan | undefined) => Guard | undefined
}

/** How callers of a method or route are known. */
export interface Guard {
  readonly authorizationType: string
  readonly needsApiKey: boolean
  /** The header in which its authorizer reads a token. */
  readonly tokenHeader?: string | undefined
  /** Who decides, where that is an authorizer, and how it is asked. */
  readonly authorizer?: string | undefined
  /** Whether the resource policy has to allow by itself whomever the authorizer lets in. */
  readonly policyDecides?: boolean | undefined
}

/** By kind of API. */
export const askedPlaces: {
  readonly REST: (stage: DeployedRestStage, limits: DataPlaneLimits) => AskedPlace
  readonly HTTP: (stage: DeployedHttpStage, limits: DataPlaneLimits) => AskedPlace
  readonly WEBSOCKET: (stage: DeployedWebSocketStage, limits: DataPlaneLimits) => AskedPlace
} = { REST: restPlace, HTTP: httpPlace, WEBSOCKET: webSocketPlace }

function restPlace({ snapshot, stage }: DeployedRestStage, limits: DataPlaneLimits): AskedPlace {
  const { account, region, api, resources, authorizers } = snapshot
  return {
    plan: compile(snapshot, stage, { limits, decisionsOnly: true }).plan,
    apiArn: `arn:aws:execute-api:${region}:${account}:${api.id}`,
    policy: api.policy?.trim() ?? '',
    hasCanary: stage.canarySettings !== undefined,
    placeOf: methodPlace,
    guardOf(route) {
      const method = resources.find(({ id }) => id === route?.resourceId)?.methods[route?.httpMethod ?? '']
      if (method === undefined) return undefined
      const { authorizationType, apiKeyRequired: needsApiKey } = method
      const authorizer = authorizers.find(({ id }) => id === method.authorizerId)
      if (authorizer === undefined) return { authorizationType, needsApiKey }
      const tokenHeader = /(?:^|,)\s*method\.request\.header\.([^\s,]+)/.exec(
        authorizer.identitySource ?? '',
      )?.[1]
      const common = { authorizationType, needsApiKey, tokenHeader }
      if (authorizationType === 'CUSTOM') return { ...common, authorizer: asks(authorizer.authorizerUri) }
      if (authorizationType !== 'COGNITO_USER_POOLS') return common
      const pools = (authorizer.providerARNs ?? []).join(' or ')
      return { ...common, authorizer: `a token of ${pools}: --token looks at one`, policyDecides: true }
    },
  }
}

function httpPlace({ snapshot, stage }: DeployedHttpStage, limits: DataPlaneLimits): AskedPlace {
  const { account, region, api, routes, authorizers } = snapshot
  return {
    plan: compileHttpApi(snapshot, stage, { limits, decisionsOnly: true }).plan,
    apiArn: `arn:aws:execute-api:${region}:${account}:${api.apiId}`,
    policy: '',
    hasCanary: false,
    placeOf: routePlace,
    guardOf(found) {
      const route = routes.find(({ routeKey }) => routeKey === found?.routeKey)
      if (route === undefined) return undefined
      const { authorizationType, authorizerId } = route
      const authorizer = authorizers.find((each) => each.authorizerId === authorizerId)
      const common = { authorizationType, needsApiKey: false }
      if (authorizer === undefined) return common
      const { identitySource, authorizerUri, jwtConfiguration } = authorizer
      const sources = identitySource.length === 0 && authorizationType === 'JWT' ? [TOKEN] : identitySource
      const [tokenHeader] = sources.flatMap((each) => /^\$request\.header\.(.+)$/.exec(each)?.[1] ?? [])
      return {
        ...common,
        tokenHeader,
        authorizer:
          authorizationType === 'JWT'
            ? `a token of ${jwtConfiguration?.issuer ?? 'an issuer'}: --token looks at one`
            : asks(authorizerUri),
      }
    },
  }
}

/** Who may connect: messages are asked nothing. */
function webSocketPlace({ snapshot, stage }: DeployedWebSocketStage, limits: DataPlaneLimits): AskedPlace {
  const { account, region, api, routes, authorizers } = snapshot
  return {
    plan: compileWebSocketApi(snapshot, stage, { limits, decisionsOnly: true }).plan,
    apiArn: `arn:aws:execute-api:${region}:${account}:${api.apiId}`,
    policy: '',
    hasCanary: false,
    placeOf: methodPlace,
    guardOf(found) {
      if (found === undefined) return undefined
      const route = routes.find(({ routeKey }) => routeKey === found.routeKey)
      const { authorizationType = 'NONE', apiKeyRequired: needsApiKey = false } = route ?? {}
      const authorizer = authorizers.find(({ authorizerId }) => authorizerId === route?.authorizerId)
      if (authorizer === undefined) return { authorizationType, needsApiKey }
      const [tokenHeader] = authorizer.identitySource.flatMap(
        (each) => /^\$?(?:route\.)?request\.header\.(.+)$/.exec(each)?.[1] ?? [],
      )
      return { authorizationType, needsApiKey, tokenHeader, authorizer: asks(authorizer.authorizerUri) }
    },
  }
}

const TOKEN = '$request.header.Authorization'

function asks(uri: string | undefined): string {
  const arn = /\/functions\/(.+)\/invocations$/.exec(uri ?? '')?.[1]
  return `the function ${arn ?? uri} to let it in: --token or --header asks it`
}
