/** A range of whole numbers, both ends included. */
export interface Range {
  readonly min: number
  readonly max: number
}

/** Milliseconds that a backend may take when nothing else is said. */
export const integrationTimeoutMsDefault = 29_000

/** What `timeoutInMillis` may be, by the way that answers come. */
export type IntegrationTimeouts = Readonly<Record<'BUFFERED' | 'STREAM', Range>>

/**
 * What `timeoutInMillis` may be. API Gateway's own default quota for whole answers is 29 s, raised on request up
 * to 300 s; here no one has to ask. Streamed answers may take 15 minutes (developer guide, "Stream the
 * integration response").
 */
export const integrationTimeoutMs: IntegrationTimeouts = {
  BUFFERED: { min: 50, max: 300_000 },
  STREAM: { min: 50, max: 900_000 },
}

/** Where a gateway's owner lifts limits: as long as anybody would wait. */
export const liftedIntegrationTimeoutMs: IntegrationTimeouts = {
  BUFFERED: { min: 50, max: 86_400_000 },
  STREAM: { min: 50, max: 86_400_000 },
}

/**
 * The same of HTTP and WebSocket APIs, whose default is the longest (API reference, Integration; seen in Terraform's
 * tests on AWS).
 */
export const routedTimeoutMs: RoutedTimeouts = {
  HTTP: { min: 50, max: 30_000 },
  WEBSOCKET: { min: 50, max: 29_000 },
}

export type RoutedTimeouts = Readonly<Record<'HTTP' | 'WEBSOCKET', Range>>

export const liftedRoutedTimeoutMs: RoutedTimeouts = {
  HTTP: { min: 50, max: 86_400_000 },
  WEBSOCKET: { min: 50, max: 86_400_000 },
}

/** What an account may have of something: the number that AWS grants by default, and how it is called. */
export interface QuotaRow {
  readonly most: number
  /** As refusals name it. */
  readonly noun: string
  /** What it is counted in. */
  readonly of: 'account' | 'API' | 'API Key' | 'domain name' | 'portal' | 'portal product'
}

export type QuotaName =
  | 'regionalApis'
  | 'edgeApis'
  | 'privateApis'
  | 'routedApis'
  | 'resourcesPerApi'
  | 'routesPerApi'
  | 'integrationsPerApi'
  | 'stagesPerApi'
  | 'authorizersPerApi'
  | 'documentationPartsPerApi'
  | 'apiKeys'
  | 'usagePlans'
  | 'usagePlansPerKey'
  | 'clientCertificates'
  | 'vpcLinks'
  | 'apiVpcLinks'
  | 'domainNames'
  | 'multiLevelMappings'
  | 'routingRules'
  | 'portals'
  | 'portalProducts'
  | 'productsPerPortal'
  | 'pagesPerProduct'
  | 'endpointPagesPerProduct'

/** AWS's default quotas (developer guide, "Amazon API Gateway quotas"); `--quotas` sets others. */
export const quotaTable: Readonly<Record<QuotaName, QuotaRow>> = {
  regionalApis: { most: 600, noun: 'Regional APIs', of: 'account' },
  edgeApis: { most: 120, noun: 'Edge-optimized APIs', of: 'account' },
  privateApis: { most: 600, noun: 'Private APIs', of: 'account' },
  routedApis: { most: 600, noun: 'APIs', of: 'account' },
  resourcesPerApi: { most: 300, noun: 'Resources', of: 'API' },
  routesPerApi: { most: 300, noun: 'Routes', of: 'API' },
  integrationsPerApi: { most: 300, noun: 'Integrations', of: 'API' },
  stagesPerApi: { most: 10, noun: 'Stages', of: 'API' },
  authorizersPerApi: { most: 10, noun: 'Authorizers', of: 'API' },
  documentationPartsPerApi: { most: 2000, noun: 'Documentation Parts', of: 'API' },
  apiKeys: { most: 10_000, noun: 'API Keys', of: 'account' },
  usagePlans: { most: 300, noun: 'Usage Plans', of: 'account' },
  usagePlansPerKey: { most: 10, noun: 'Usage Plans', of: 'API Key' },
  clientCertificates: { most: 60, noun: 'Client Certificates', of: 'account' },
  vpcLinks: { most: 20, noun: 'VPC Links', of: 'account' },
  apiVpcLinks: { most: 10, noun: 'VPC Links', of: 'account' },
  domainNames: { most: 120, noun: 'Domain Names', of: 'account' },
  multiLevelMappings: { most: 200, noun: 'multi-level API mappings', of: 'domain name' },
  routingRules: { most: 50, noun: 'Routing Rules', of: 'domain name' },
  portals: { most: 15, noun: 'Portals', of: 'account' },
  portalProducts: { most: 500, noun: 'Portal Products', of: 'account' },
  productsPerPortal: { most: 200, noun: 'Portal Products', of: 'portal' },
  pagesPerProduct: { most: 40, noun: 'Product Pages', of: 'portal product' },
  endpointPagesPerProduct: { most: 40, noun: 'Product REST Endpoint Pages', of: 'portal product' },
}

export type Quotas = Readonly<Record<QuotaName, number>>

/** AWS's numbers, and what is set instead. */
export function quotasOf(raised: Partial<Quotas> = {}): Quotas {
  const defaults = Object.entries(quotaTable).map(([name, { most }]) => [name, most])
  return { ...(Object.fromEntries(defaults) as Quotas), ...raised }
}
