import type { Api, Cors, Route } from '#model/http-api.ts'
import type { TrafficDocument } from '#model/rest-api.ts'
import type { Cursor } from '../../openapi/document-reader.ts'
import type { AuthorizerInput } from '../authorizer-definition.ts'
import type { IntegrationInput } from '../integration-definition.ts'

/** What an OpenAPI document says of an HTTP API: things refer to each other by name, nothing has an id yet. */
export interface HttpApiDefinition {
  readonly name: string
  readonly description: string | undefined
  readonly version: string | undefined
  readonly corsConfiguration: Cors | undefined
  readonly disableExecuteApiEndpoint: boolean | undefined
  readonly ipAddressType: Api['ipAddressType'] | undefined
  readonly tags: Readonly<Record<string, string>> | undefined
  readonly traffic: TrafficDocument | undefined
  readonly authorizers: readonly AuthorizerDefinition[]
  readonly routes: readonly RouteDefinition[]
  /** What is valid and means nothing here, in AWS's words. */
  readonly importInfo: readonly string[]
}

export interface AuthorizerDefinition {
  readonly input: AuthorizerInput
  readonly at: Cursor
}

export interface RouteDefinition {
  readonly routeKey: string
  readonly operationName: string | undefined
  readonly authorization: RouteAuthorization
  /** The operation's and the path's. */
  readonly traffic: TrafficDocument | undefined
  /** Routes that refer to one integration have the same one here. */
  readonly integration: IntegrationDefinition | undefined
  readonly at: Cursor
}

export interface RouteAuthorization {
  readonly authorizationType: Route['authorizationType']
  /** The name of a JWT or REQUEST authorizer. */
  readonly authorizer?: string | undefined
  readonly authorizationScopes?: readonly string[] | undefined
}

export interface IntegrationDefinition {
  readonly input: IntegrationInput
  readonly at: Cursor
}
