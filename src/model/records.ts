import { kind, type Kind } from '#base/kind.ts'
import type {
  Authorizer,
  Deployment,
  GatewayResponse,
  Model,
  RequestValidator,
  Resource,
  RestApi,
  Stage,
} from '#model/rest-api.ts'
import type { ResourceName } from '#model/resource-name.ts'
import type { ApiSnapshot } from '#model/snapshot.ts'

/**
 * The collections of the API model: the one list that writers (control plane) and readers (server) of the store
 * share. REST APIs have no parent (''); everything else here has its API's id as parent.
 */
export interface Records {
  readonly restApi: Kind<RestApi>
  readonly resource: Kind<Resource>
  /** Which child names are taken: see `resource-name.ts`. Written with every resource, in the same transaction. */
  readonly resourceName: Kind<ResourceName>
  readonly deployment: Kind<Deployment>
  /** Same id as its deployment. */
  readonly snapshot: Kind<ApiSnapshot>
  /** The id is the stage's name. */
  readonly stage: Kind<Stage>
  /** The id is the model's name. */
  readonly model: Kind<Model>
  readonly requestValidator: Kind<RequestValidator>
  /** The id is the response type. */
  readonly gatewayResponse: Kind<GatewayResponse>
  readonly authorizer: Kind<Authorizer>
}

export const records: Records = {
  restApi: kind('rest-api'),
  resource: kind('resource'),
  resourceName: kind('resource-name'),
  deployment: kind('deployment'),
  snapshot: kind('snapshot'),
  stage: kind('stage'),
  model: kind('model'),
  requestValidator: kind('request-validator'),
  gatewayResponse: kind('gateway-response'),
  authorizer: kind('authorizer'),
}
