import { serviceFacts, type ServiceFacts } from './service-facts.ts'

/** Where calls to an AWS service go, and what they are signed for. */
export interface ServiceEndpoint {
  /** `https://sqs.eu-west-1.amazonaws.com`, `http://localhost:4566` */
  readonly origin: string
  /** For `Host`. */
  readonly host: string
  /** Before every path: '' or `/path`, without a slash at its end. */
  readonly pathPrefix: string
  readonly signingName: string
  readonly signingRegion: string
  /** False for what a setting names in AWS's place: an emulator, a compatible server. */
  readonly isAws: boolean
}

export type Environment = Readonly<Record<string, string | undefined>>

/** A setting that names no endpoint. */
export class EndpointError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'EndpointError'
  }
}

/** Settings may name endpoints of AWS, too: one of a VPC, a dual-stack one. */
const AWS_HOST = /\.amazonaws\.com(?:\.cn)?$/
const GLOBAL_REGION = 'us-east-1'

/** DNS suffixes of AWS's partitions, by how their regions begin. */
const DNS_SUFFIXES: readonly (readonly [prefix: string, suffix: string])[] = [
  ['cn-', 'amazonaws.com.cn'],
  ['us-isob-', 'sc2s.sgov.gov'],
  ['us-isof-', 'csp.hci.ic.gov'],
  ['us-iso-', 'c2s.ic.gov'],
  ['eu-isoe-', 'cloud.adc-e.uk'],
]

/**
 * Endpoints as the AWS SDKs find them ("Service-specific endpoints", AWS SDKs and Tools Reference Guide):
 * `AWS_ENDPOINT_URL_<SERVICE>`, `AWS_ENDPOINT_URL`, else AWS; `AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true` leaves AWS alone.
 * @param name as the uri of an integration has it: `sqs`, `runtime.sagemaker`, `{bucket}.s3`, `{api}.execute-api`
 * @throws EndpointError
 */
export function serviceEndpoint(name: string, region: string, environment: Environment): ServiceEndpoint {
  const { service, subdomain, facts } = split(name)
  const global = facts.globalHost !== undefined
  const signing = {
    signingName: facts.signingName ?? service,
    signingRegion: global ? GLOBAL_REGION : region,
  }
  const configured = configuredUrl(facts.id ?? idOf(service), environment)
  if (configured === undefined) {
    const host = facts.globalHost ?? `${facts.hostPrefix ?? service}.${region}.${dnsSuffix(region)}`
    const whole = subdomain === undefined ? host : `${subdomain}.${host}`
    return { origin: `https://${whole}`, host: whole, pathPrefix: '', ...signing, isAws: true }
  }
  const { origin, host } = configured
  const isAws = AWS_HOST.test(configured.hostname)
  const path = configured.pathname.replace(/\/+$/, '')
  if (subdomain === undefined) return { origin, host, pathPrefix: path, ...signing, isAws }
  // The connection goes to the endpoint itself, whose subdomains may not resolve.
  return facts.subdomainIsPath === true
    ? { origin, host, pathPrefix: `${path}/${subdomain}`, ...signing, isAws }
    : { origin, host: `${subdomain}.${host}`, pathPrefix: path, ...signing, isAws }
}

function split(name: string): { service: string; subdomain: string | undefined; facts: ServiceFacts } {
  const whole = serviceFacts[name]
  const dot = name.lastIndexOf('.')
  if (whole !== undefined || dot < 0) return { service: name, subdomain: undefined, facts: whole ?? {} }
  const service = name.slice(dot + 1)
  return { service, subdomain: name.slice(0, dot), facts: serviceFacts[service] ?? {} }
}

/** A service id as variables spell it. */
function idOf(service: string): string {
  return service.toUpperCase().replace(/[^A-Z0-9]/g, '_')
}

function configuredUrl(id: string, environment: Environment): URL | undefined {
  if (environment['AWS_IGNORE_CONFIGURED_ENDPOINT_URLS']?.toLowerCase() === 'true') return undefined
  for (const variable of [`AWS_ENDPOINT_URL_${id}`, 'AWS_ENDPOINT_URL']) {
    const text = environment[variable]
    if (text === undefined || text === '') continue
    const url = URL.canParse(text) ? new URL(text) : undefined
    if (url !== undefined && /^https?:$/.test(url.protocol)) return url
    throw new EndpointError(
      `${variable}: found ${JSON.stringify(text)}, expected a URL such as http://localhost:8000`,
    )
  }
  return undefined
}

function dnsSuffix(region: string): string {
  return DNS_SUFFIXES.find(([prefix]) => region.startsWith(prefix))?.[1] ?? 'amazonaws.com'
}
