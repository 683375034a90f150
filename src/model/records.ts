import { kind, type Kind } from '#base/kind.ts'
import type { AccountSettings } from '#model/account.ts'
import type { ApiKey, ApiKeyValue } from '#model/api-key.ts'
import type { ClientCertificate, ClientCertificateKey } from '#model/client-certificate.ts'
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
import type { CacheFlush } from '#model/cache-flush.ts'
import type { DocumentationPart, DocumentationVersion } from '#model/documentation.ts'
import type {
  BasePathMapping,
  DomainName,
  DomainNameAccessAssociation,
  TrustStore,
  UploadedCertificate,
} from '#model/domain-name.ts'
import type {
  Api,
  ApiAuthorizer,
  ApiDeployment,
  ApiIntegration,
  ApiModel,
  ApiStage,
  ApiVpcLink,
  Route,
} from '#model/http-api.ts'
import type {
  Portal,
  PortalProduct,
  PortalSite,
  ProductPage,
  ProductRestEndpointPage,
} from '#model/portal.ts'
import type { ResourceName } from '#model/resource-name.ts'
import type { RoutingRule } from '#model/routing-rule.ts'
import type { RestApiSnapshot, RoutedApiSnapshot } from '#model/snapshot.ts'
import type { PlanMembership, UsageGrant, UsagePlan } from '#model/usage-plan.ts'
import type { UsageBlock, UsageNote } from '#model/usage-record.ts'
import type { VpcLink } from '#model/vpc-link.ts'

/**
 * The collections of the API model: the one list that writers (control plane) and readers (server) of the store
 * share. REST APIs, domain names and their associations have no parent (''); what belongs to one has its id as parent.
 */
export interface Records {
  readonly restApi: Kind<RestApi>
  readonly resource: Kind<Resource>
  /** Which child names are taken: see `resource-name.ts`. Written with every resource, in the same transaction. */
  readonly resourceName: Kind<ResourceName>
  readonly deployment: Kind<Deployment>
  /** Same id as its deployment. */
  readonly snapshot: Kind<RestApiSnapshot>
  /** The id is the stage's name. */
  readonly stage: Kind<Stage>
  /** The id is the model's name. */
  readonly model: Kind<Model>
  readonly requestValidator: Kind<RequestValidator>
  /** The id is the response type. */
  readonly gatewayResponse: Kind<GatewayResponse>
  readonly authorizer: Kind<Authorizer>
  readonly documentationPart: Kind<DocumentationPart>
  /** The id is the version's name. */
  readonly documentationVersion: Kind<DocumentationVersion>
  /** See `cache-flush.ts`. */
  readonly cacheFlush: Kind<CacheFlush>
  /** The id is `domainNameRecordId(…)`. */
  readonly domainName: Kind<DomainName>
  /** Same id as its domain name. Holds a private key: no operation shows it. */
  readonly uploadedCertificate: Kind<UploadedCertificate>
  /** The parent is the domain name's record id, the id the base path. */
  readonly basePathMapping: Kind<BasePathMapping>
  /** Same id as its domain name: what its trust store held when it was last read. */
  readonly trustStore: Kind<TrustStore>
  /** The parent is the domain name's record id. */
  readonly routingRule: Kind<RoutingRule>
  /** The id is what its ARN ends in: `domainname/{domain}/vpcesource/{endpoint}`. */
  readonly domainNameAccessAssociation: Kind<DomainNameAccessAssociation>

  // HTTP and WebSocket APIs: no parent; what belongs to one has its id as parent.
  readonly api: Kind<Api>
  readonly route: Kind<Route>
  readonly apiIntegration: Kind<ApiIntegration>
  readonly apiAuthorizer: Kind<ApiAuthorizer>
  readonly apiModel: Kind<ApiModel>
  readonly apiDeployment: Kind<ApiDeployment>
  /** Same id as its deployment. */
  readonly apiSnapshot: Kind<RoutedApiSnapshot>
  /** The id is the stage's name. */
  readonly apiStage: Kind<ApiStage>

  // What accounts have beside APIs: no parent unless it says so.
  /** One record, `accountSettingsId`. */
  readonly account: Kind<AccountSettings>
  readonly apiKey: Kind<ApiKey>
  /** The id is `apiKeyDigest` of the value. Written with every key, in the same transaction. */
  readonly apiKeyValue: Kind<ApiKeyValue>
  readonly usagePlan: Kind<UsagePlan>
  /** Parent: the plan; id: the key's. */
  readonly planKey: Kind<PlanMembership>
  /** The same the other way round: parent: the key; id: the plan's. */
  readonly keyPlan: Kind<PlanMembership>
  /** Parent: the plan; id: the key's. */
  readonly usageGrant: Kind<UsageGrant>
  /** Parent: the plan; id: `usageBlockId`. */
  readonly usageBlock: Kind<UsageBlock>
  /** Parent: the bucket's number, of all plans; id: unique. */
  readonly usageNote: Kind<UsageNote>
  readonly vpcLink: Kind<VpcLink>
  /** Of HTTP APIs. */
  readonly apiVpcLink: Kind<ApiVpcLink>
  readonly clientCertificate: Kind<ClientCertificate>
  /** Same id as its certificate. */
  readonly clientCertificateKey: Kind<ClientCertificateKey>

  // Developer portals: portals and products have no parent; what belongs to one has its id as parent.
  readonly portal: Kind<Portal>
  /** The id is one of `siteIds`. */
  readonly portalSite: Kind<PortalSite>
  readonly portalProduct: Kind<PortalProduct>
  readonly productPage: Kind<ProductPage>
  readonly productRestEndpointPage: Kind<ProductRestEndpointPage>
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
  documentationPart: kind('documentation-part'),
  documentationVersion: kind('documentation-version'),
  cacheFlush: kind('cache-flush'),
  domainName: kind('domain-name'),
  uploadedCertificate: kind('uploaded-certificate'),
  basePathMapping: kind('base-path-mapping'),
  trustStore: kind('trust-store'),
  routingRule: kind('routing-rule'),
  domainNameAccessAssociation: kind('domain-name-access-association'),
  api: kind('api'),
  route: kind('route'),
  apiIntegration: kind('api-integration'),
  apiAuthorizer: kind('api-authorizer'),
  apiModel: kind('api-model'),
  apiDeployment: kind('api-deployment'),
  apiSnapshot: kind('api-snapshot'),
  apiStage: kind('api-stage'),
  account: kind('account'),
  apiKey: kind('api-key'),
  apiKeyValue: kind('api-key-value'),
  usagePlan: kind('usage-plan'),
  planKey: kind('plan-key'),
  keyPlan: kind('key-plan'),
  usageGrant: kind('usage-grant'),
  usageBlock: kind('usage-block'),
  usageNote: kind('usage-note'),
  vpcLink: kind('vpc-link'),
  apiVpcLink: kind('api-vpc-link'),
  clientCertificate: kind('client-certificate'),
  clientCertificateKey: kind('client-certificate-key'),
  portal: kind('portal'),
  portalSite: kind('portal-site'),
  portalProduct: kind('portal-product'),
  productPage: kind('product-page'),
  productRestEndpointPage: kind('product-rest-endpoint-page'),
}
