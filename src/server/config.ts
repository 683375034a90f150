import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import type { TokenRate } from '#base/counters.ts'
import { parseRange, type IpRange } from '#base/ip-range.ts'
import type { LogLevel } from '#base/log.ts'
import { namedFormats } from '#data-plane/logs/access-log.ts'
import type { StandIn } from '#data-plane/tokens/token-issuers.ts'
import type { ForwardingHeader } from '#http/trusted-proxies.ts'
import { certificates } from '#http/client-tls.ts'
import { checkLogFormat } from '#languages/log-format/check.ts'
import { quotaTable, type QuotaName, type Quotas } from '#model/quotas.ts'
import { parsePostgresUrl } from '#store/postgres/postgres-url.ts'
import type { StateFailure } from '#store/redis/counters-redis.ts'
import { redisAddress, type RedisAddress } from '#store/redis/redis-address.ts'
import { readTargets } from './targets/read-targets.ts'
import { readTrafficRules } from './read-traffic-rules.ts'
import { readVpcEndpoints, type VpcEndpointSetting } from './vpc-endpoint-settings.ts'
import { trafficLimitTable, type TrafficLimitName } from './traffic-limits.ts'
import { readCredentials, type AccessKeyPair } from './credentials.ts'

/** Everything that can be set. */
export interface Config {
  readonly host: string
  readonly port: number
  /** A further port, that speaks TLS; with the two files below. */
  readonly httpsPort: number | undefined
  /** File of the certificate chain, PEM, and of its key. */
  readonly tlsCertificate: string | undefined
  readonly tlsKey: string | undefined
  /** Folder, or file, of further certificates with their keys, each for the names that it is for. */
  readonly certificates: string | undefined
  /** Folder that stands for S3 where trust stores are read from: `s3://bucket/key` is `bucket/key` in it. */
  readonly truststores: string | undefined
  /** Folder, or file, of lists of client certificates that were taken back, PEM. */
  readonly revocationLists: string | undefined
  /** File of the key with which secrets are kept sealed. */
  readonly secretKeyFile: string | undefined
  /** Ranges of addresses whose connections begin with a PROXY protocol header. */
  readonly proxyProtocol: readonly IpRange[]
  /** Processes that serve APIs; `auto`: see `worker-count.ts`. */
  readonly workers: number | 'auto'
  /** Folder, or `:memory:`. */
  readonly dataDir: string
  /** URL of the PostgreSQL database that gateways share; undefined: SQLite in the data folder. Holds a password. */
  readonly store: string | undefined
  /** What all nodes share: rates, quotas, kept answers, connections; undefined: each node has its own. */
  readonly state: RedisAddress | undefined
  /** What is done with requests whose limits are not known because it does not answer. */
  readonly stateFailure: StateFailure
  /** How long a request waits for it, milliseconds. */
  readonly stateTimeout: number
  /** The fewest nodes among which limits are divided while it does not answer. */
  readonly stateNodes: number
  readonly dev: boolean
  readonly accountId: string
  readonly region: string
  /** Empty: any signature is accepted. */
  readonly credentials: readonly AccessKeyPair[]
  /** Issuers of tokens that stand in for user pools, by ARN or id of the pool. */
  readonly userPool: ReadonlyMap<string, StandIn>
  readonly lambdaPermissions: 'enforce' | 'ignore' | 'auto'
  /** Where functions that are not known here are invoked. */
  readonly lambdaEndpoint: string | undefined
  /** Certificate authorities that vouch for backends beside the usual ones, PEM. */
  readonly backendCa: string | undefined
  /** Connections to one backend at once. */
  readonly backendConnections: number
  /** File of the backends of VPC links. */
  readonly targets: string | undefined
  /** File of how requests go to backends, beside what documents say. */
  readonly traffic: string | undefined
  /** Which bounds hold for what goes through: AWS's, or none. */
  readonly limits: 'aws' | 'none'
  /** Single ones of these bounds. */
  readonly limit: Partial<Record<TrafficLimitName, number>>
  /** Longest that an integration may take, milliseconds; undefined: as `limits` says. */
  readonly integrationTimeout: number | undefined
  /** Largest request and response body, bytes; undefined: as `limits` says. */
  readonly payloadLimit: number | undefined
  /** What all stages' caches may hold together, bytes. */
  readonly cacheBytes: number
  /** How much longer a cached answer may be given when the backend fails, milliseconds. */
  readonly cacheStale: number
  /** Whether answers that are no success are cached, too. */
  readonly cacheErrors: boolean
  /** Longest silence of a client in the middle of a request, milliseconds. */
  readonly requestTimeout: number
  /** How long a connection is kept between requests, milliseconds. */
  readonly idleTimeout: number
  /** How long it serves on once it is told to stop, milliseconds. */
  readonly drainDelay: number
  /** How long requests under way may take after that, milliseconds. */
  readonly drainTimeout: number
  /** Further host names under which the control plane answers without credentials. */
  readonly allowedHosts: readonly string[]
  /** Proxies that may say who the client is. */
  readonly trustedProxies: readonly IpRange[]
  /** Where they say it. */
  readonly forwardedHeader: ForwardingHeader
  /** VPC endpoints through which private APIs are reached, and by whom. */
  readonly vpcEndpoints: readonly VpcEndpointSetting[]
  /** The header in which trusted proxies name the endpoint, in lower case; undefined: addresses alone tell. */
  readonly vpcEndpointHeader: string | undefined
  /** Whether each stage shows what it serves below `/_reference`. */
  readonly apiReference: boolean
  /** WebSockets that each process holds at most. */
  readonly websocketConnections: number
  /** Handshakes with WebSocket APIs of an account in a region; undefined: none are refused for their rate. */
  readonly websocketConnects: TokenRate | undefined
  /** Whether `@connections` sends to many at once, and lists who is there. */
  readonly websocketExtensions: boolean
  /** Account limits that are not AWS's defaults. */
  readonly quotas: Partial<Quotas>
  /** Of all requests of an account in a region; undefined: none. */
  readonly accountThrottle: TokenRate | undefined
  /** Where lines of access logs go: `-` is standard output. */
  readonly accessLog: 'files' | '-' | 'off'
  /** The format of stages that have no access log: a name of `namedFormats`, or a format. */
  readonly accessLogFormat: string | undefined
  /** What methods tell of whose stage does not say it. */
  readonly executionLog: 'faults' | 'off'
  /** A log file of so many bytes, or begun so many milliseconds ago, is moved away; how many such are kept. */
  readonly logFileBytes: number
  readonly logFileAge: number
  readonly logFiles: number
  readonly logLevel: LogLevel
  readonly logFormat: 'text' | 'json'
}

/** One option: its flag is the key in kebab case, its variable GATEHOUSE_ and the key in upper snake case. */
export interface Option<T> {
  /** How the value is named in help; absent for switches. */
  readonly value?: string
  readonly help: string
  /** Shown in help when it is not the plain value. */
  readonly fallbackText?: string
  readonly fallback: () => T
  /** May be given several times; values are also separated by commas. */
  readonly repeated?: boolean
  /** A further environment variable that says the same. */
  readonly alias?: string
  /** @throws Error saying what is expected */
  readonly parse: (texts: readonly string[]) => T
}

export type Options = { readonly [key in keyof Config]: Option<Config[key]> }

export const options: Options = {
  host: {
    value: 'ADDRESS',
    help: 'address to listen on; anything but loopback needs --credentials',
    fallback: () => 'localhost',
    parse: one(matching(/^[A-Za-z0-9.:_-]+$/, 'an address or host name')),
  },
  port: {
    value: 'PORT',
    help: 'port to listen on; 0 takes a free one',
    fallback: () => 4566,
    parse: one(integer(0, 65_535)),
  },
  httpsPort: {
    value: 'PORT',
    help: 'port to listen on for HTTPS, with certificates of files or of custom domain names',
    fallbackText: 'none',
    fallback: () => undefined,
    parse: one(integer(0, 65_535)),
  },
  tlsCertificate: {
    value: 'FILE',
    help: 'certificate chain of the HTTPS port, PEM; read again when it changes',
    fallbackText: 'none',
    fallback: () => undefined,
    parse: one(matching(/^[^\0]+$/, 'a file')),
  },
  tlsKey: {
    value: 'FILE',
    help: "the certificate's key, PEM",
    fallbackText: 'none',
    fallback: () => undefined,
    parse: one(matching(/^[^\0]+$/, 'a file')),
  },
  certificates: {
    value: 'FOLDER|FILE',
    help: 'further certificates with their keys, PEM, for the names in them; read again when they change',
    fallbackText: 'none',
    fallback: () => undefined,
    parse: one(matching(/^[^\0]+$/, 'a folder or file')),
  },
  truststores: {
    value: 'FOLDER',
    help: 'where trust stores of mutual TLS are read from in place of S3: s3://bucket/key is bucket/key in it',
    fallbackText: 'S3',
    fallback: () => undefined,
    parse: one(matching(/^[^\0]+$/, 'a folder')),
  },
  revocationLists: {
    value: 'FOLDER|FILE',
    help: 'lists of client certificates that were taken back, PEM; read again when they change',
    fallbackText: 'none',
    fallback: () => undefined,
    parse: one(matching(/^[^\0]+$/, 'a folder or file')),
  },
  secretKeyFile: {
    value: 'FILE',
    help: 'key of 32 bytes, in Base64 or hexadecimal, with which secrets are kept sealed',
    fallbackText: 'secret.key in the data folder, for access keys alone',
    fallback: () => undefined,
    parse: one(matching(/^[^\0]+$/, 'a file')),
  },
  proxyProtocol: {
    value: 'CIDR',
    help: 'load balancers that begin each connection with a PROXY protocol header: required of them, refused of others',
    fallbackText: 'none',
    fallback: () => [],
    repeated: true,
    parse: (texts) => texts.map(range),
  },
  workers: {
    value: 'N|auto',
    help: 'processes that serve APIs and share the port; auto: one a core, one alone with --dev or a project',
    fallback: () => 'auto',
    parse: one((text) => (text === 'auto' ? text : integer(1, 256, 'auto or ')(text))),
  },
  dataDir: {
    value: 'FOLDER',
    help: "where everything is kept; ':memory:' keeps nothing",
    fallbackText: 'a folder of yours',
    fallback: () => defaultDataDir(process.platform, process.env),
    parse: one(matching(/^[^\0]+$/, 'a folder')),
  },
  store: {
    value: 'postgres://…',
    help: 'PostgreSQL database that holds all records, for several gateways: postgres://user:password@host/database',
    fallbackText: 'SQLite in the data folder',
    fallback: () => undefined,
    parse: one(postgresUrl),
  },
  state: {
    value: 'URL',
    help: 'Redis or Valkey in which nodes share rates, quotas, caches: redis://[:PASSWORD@]HOST[:PORT][/DATABASE]',
    fallbackText: 'none: each node has its own',
    fallback: () => undefined,
    parse: one(redisAddress),
  },
  stateFailure: {
    value: 'fail-open|fail-closed',
    help: 'when that does not answer: each node keeps its share of every limit, or who is limited gets 503',
    fallback: () => 'fail-open',
    parse: one(oneOf('fail-open', 'fail-closed')),
  },
  stateTimeout: {
    value: 'MS',
    help: 'how long a request waits for it',
    fallback: () => 50,
    parse: one(integer(5, 10_000)),
  },
  stateNodes: {
    value: 'NUMBER',
    help: 'the fewest nodes among which limits are divided while it does not answer; they are counted while it does',
    fallback: () => 1,
    parse: one(integer(1, 10_000)),
  },
  dev: {
    help: 'development: allows reset with credentials configured, and local function folders',
    fallback: () => false,
    parse: one(boolean),
  },
  accountId: {
    value: 'DIGITS',
    help: 'the account that calls belong to',
    fallback: () => '000000000000',
    parse: one(matching(/^\d{12}$/, '12 digits')),
  },
  region: {
    value: 'REGION',
    help: 'the region of calls that name none',
    fallback: () => 'us-east-1',
    parse: one(matching(/^[a-z]{2}(-[a-z]+)+-\d+$/, 'a region such as us-east-1')),
  },
  credentials: {
    value: 'KEY:SECRET|FILE',
    help: 'who may use the control plane: an access key and its secret, or a file with one pair a line',
    fallbackText: 'any signature is accepted, on loopback only',
    fallback: () => [],
    repeated: true,
    parse: readCredentials,
  },
  userPool: {
    value: 'POOL=URL[;AUDIENCE…]',
    help: "an OpenID Connect issuer whose tokens count as a user pool's, by the pool's ARN or id; for whom they must be",
    fallbackText: 'none',
    fallback: () => new Map(),
    repeated: true,
    parse: (texts) => new Map(texts.map(standIn)),
  },
  lambdaPermissions: {
    value: 'enforce|ignore|auto',
    help: "whether functions need a permission (add-permission) for API Gateway; auto: as 'enforce' with credentials",
    fallback: () => 'auto',
    parse: one(oneOf('enforce', 'ignore', 'auto')),
  },
  lambdaEndpoint: {
    value: 'URL',
    help: 'a Lambda endpoint for functions that are not known here',
    fallbackText: 'none',
    fallback: () => undefined,
    alias: 'AWS_ENDPOINT_URL_LAMBDA',
    parse: one(matching(/^https?:\/\/[^\s/]+/, 'an http:// or https:// URL')),
  },
  backendCa: {
    value: 'FILE',
    help: 'PEM certificates of authorities to trust beside the usual ones when a backend is called over TLS',
    fallbackText: 'none',
    fallback: () => undefined,
    parse: one(authorities),
  },
  backendConnections: {
    value: 'NUMBER',
    help: 'connections to one backend at once; further requests wait for one',
    fallback: () => 4096,
    parse: one(integer(1, 65_535)),
  },
  targets: {
    value: 'FILE',
    help: 'backends of VPC links, JSON; read again when it changes',
    fallbackText: 'none',
    fallback: () => undefined,
    parse: one(targetsFile),
  },
  traffic: {
    value: 'FILE',
    help: 'retries, circuit breakers, concurrency limits … of routes, JSON or YAML, beside what documents say; read again when it changes',
    fallbackText: 'none',
    fallback: () => undefined,
    parse: one(trafficFile),
  },
  limits: {
    value: 'aws|none',
    help: "bounds of what goes through: AWS's, or none: streams of any size and length",
    fallback: () => 'aws',
    parse: one(oneOf('aws', 'none')),
  },
  limit: {
    value: 'NAME=VALUE',
    help: 'a single one of these bounds: requestBytes=104857600, integrationMs=none',
    fallbackText: 'as --limits says',
    fallback: () => ({}),
    repeated: true,
    parse: (texts) => Object.fromEntries(texts.flatMap((text) => text.split(',')).map(trafficLimit)),
  },
  integrationTimeout: {
    value: 'MS',
    help: 'longest that an integration may take: short for --limit integrationMs=MS',
    fallbackText: '29000, as AWS',
    fallback: () => undefined,
    parse: one(integer(50, 24 * 3_600_000)),
  },
  payloadLimit: {
    value: 'BYTES',
    help: 'largest body of a request or answer: short for requestBytes and responseBytes',
    fallbackText: '10485760, as AWS',
    fallback: () => undefined,
    parse: one(integer(1, 1024 ** 3)),
  },
  cacheBytes: {
    value: 'BYTES',
    help: 'memory for the caches of all stages together, divided among workers; each has at most its cacheClusterSize',
    fallback: () => 512 * 1024 * 1024,
    parse: one(integer(0, 1024 ** 4)),
  },
  cacheStale: {
    value: 'MS',
    help: 'how much longer a cached answer may be given when the backend fails; 0: not at all, as AWS',
    fallback: () => 0,
    parse: one(integer(0, 30 * 24 * 3_600_000)),
  },
  cacheErrors: {
    help: 'stages cache answers of every status, as AWS, not of 2xx alone',
    fallback: () => false,
    parse: one(boolean),
  },
  requestTimeout: {
    value: 'MS',
    help: 'longest silence of a client in the middle of a request',
    fallback: () => 30_000,
    parse: one(integer(50, 24 * 3_600_000)),
  },
  idleTimeout: {
    value: 'MS',
    help: 'how long a connection is kept between requests; longer than that of a load balancer in front',
    fallback: () => 75_000,
    parse: one(integer(50, 24 * 3_600_000)),
  },
  drainDelay: {
    value: 'MS',
    help: 'how long it goes on serving when it is told to stop, while load balancers see that it is not ready',
    fallback: () => 0,
    parse: one(integer(0, 3_600_000)),
  },
  drainTimeout: {
    value: 'MS',
    help: 'how long requests under way may take when the gateway is told to stop',
    fallback: () => 30_000,
    parse: one(integer(0, 24 * 3_600_000)),
  },
  allowedHosts: {
    value: 'NAME',
    help: 'further host names of the control plane: in Host without credentials, in Origin of web pages',
    fallbackText: 'local names',
    fallback: () => [],
    repeated: true,
    parse: (texts) => texts.map((text) => matching(/^[A-Za-z0-9.-]+$/, 'a host name')(text).toLowerCase()),
  },
  trustedProxies: {
    value: 'RANGE',
    help: 'addresses of proxies in front, whose word is taken for who the client is: 10.0.0.0/8, 2001:db8::1',
    fallbackText: 'nobody',
    fallback: () => [],
    repeated: true,
    parse: (texts) => texts.flatMap((text) => text.split(',')).map(range),
  },
  forwardedHeader: {
    value: 'x-forwarded-for|forwarded',
    help: 'the header in which trusted proxies say it, with X-Forwarded-Proto and -Port or alone',
    fallback: () => 'x-forwarded-for',
    parse: one(oneOf('x-forwarded-for', 'forwarded')),
  },
  vpcEndpoints: {
    value: 'VPCE=VPC,RANGE',
    help: 'a VPC endpoint, its VPC and whose requests come through it: vpce-1=vpc-1,10.0.0.0/16; private APIs need one',
    fallbackText: 'none: nobody reaches private APIs',
    fallback: () => [],
    repeated: true,
    parse: readVpcEndpoints,
  },
  vpcEndpointHeader: {
    value: 'NAME',
    help: 'the header in which trusted proxies name the VPC endpoint in place of addresses',
    fallbackText: 'none',
    fallback: () => undefined,
    parse: one((text) => matching(/^[A-Za-z0-9-]+$/, 'the name of a header')(text).toLowerCase()),
  },
  apiReference: {
    help: 'each stage shows its OpenAPI document and a reference page below /_reference, to everyone',
    fallback: () => false,
    parse: one(boolean),
  },
  websocketConnections: {
    value: 'NUMBER',
    help: 'WebSockets that each process holds at once; further clients are answered 503',
    fallback: () => 100_000,
    parse: one(integer(1, 10_000_000)),
  },
  websocketConnects: {
    value: 'RATE:BURST',
    help: "WebSockets an account's clients may open in a region, a second and at once; AWS allows 500 a second",
    fallbackText: 'none',
    fallback: () => undefined,
    parse: one(tokenRate),
  },
  websocketExtensions: {
    help: '@connections sends to many clients in one call, and lists who is connected',
    fallback: () => false,
    parse: one(boolean),
  },
  quotas: {
    value: 'NAME=N',
    help: 'what an account may have, where it is not what AWS grants by default: regionalApis=2000',
    fallbackText: "AWS's default quotas",
    fallback: () => ({}),
    repeated: true,
    parse: (texts) => Object.fromEntries(texts.flatMap((text) => text.split(',')).map(quota)),
  },
  accountThrottle: {
    value: 'RATE:BURST',
    help: "requests a second and at once of an account in a region; AWS's is 10000:5000",
    fallbackText: 'none',
    fallback: () => undefined,
    parse: one(tokenRate),
  },
  accessLog: {
    value: 'files|-|off',
    help: 'where access logs go: files below logs/ in the data directory, or standard output (-)',
    fallback: () => 'files',
    parse: one(oneOf('files', '-', 'off')),
  },
  accessLogFormat: {
    value: 'clf|json|FORMAT',
    help: 'access log of stages that have none of their own; a FORMAT names $context variables',
    fallbackText: 'none; clf with --access-log -',
    fallback: () => undefined,
    parse: one(accessLogFormat),
  },
  executionLog: {
    value: 'faults|off',
    help: 'whether the execution log says why a request got a 5xx of the gateway where a stage sets no log level',
    fallback: () => 'faults',
    parse: one(oneOf('faults', 'off')),
  },
  logFileBytes: {
    value: 'BYTES',
    help: 'size at which a file of access or execution logs is put aside',
    fallback: () => 100 * 1024 * 1024,
    parse: one(integer(1024, 1024 ** 4)),
  },
  logFileAge: {
    value: 'MS',
    help: 'age at which it is',
    fallback: () => 24 * 3_600_000,
    parse: one(integer(1000, 366 * 24 * 3_600_000)),
  },
  logFiles: {
    value: 'NUMBER',
    help: 'how many of those put aside are kept of each log',
    fallback: () => 10,
    parse: one(integer(1, 10_000)),
  },
  logLevel: {
    value: 'LEVEL',
    help: 'debug, info, warn, error or silent',
    fallback: () => 'info',
    parse: one(oneOf('debug', 'info', 'warn', 'error', 'silent')),
  },
  logFormat: {
    value: 'text|json',
    help: 'lines for people or for machines',
    fallback: () => 'text',
    parse: one(oneOf('text', 'json')),
  },
}

/** A setting that cannot be used; the message names it, what was found and what is expected. */
export class ConfigError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'ConfigError'
  }
}

/** Where settings come from, strongest first. */
export interface ConfigSources {
  /** Flag without dashes → values, a switch's being 'true'. */
  readonly flags: ReadonlyMap<string, readonly string[]>
  readonly environment: Readonly<Record<string, string | undefined>>
  /** The configuration file's object, and its name for messages. */
  readonly file?: { readonly name: string; readonly values: Readonly<Record<string, unknown>> } | undefined
}

/** @throws ConfigError */
export function readConfig({ flags, environment, file }: ConfigSources): Config {
  for (const key of Object.keys(file?.values ?? {})) {
    if (!Object.hasOwn(options, key)) {
      throw new ConfigError(
        `${file?.name}: unknown setting ${key}; there are ${Object.keys(options).join(', ')}`,
      )
    }
  }
  const config: Record<string, unknown> = {}
  for (const [key, option] of Object.entries(options) as [string, Option<unknown>][]) {
    const [place, texts] = given(key, option, flags, environment, file) ?? []
    if (texts === undefined) {
      config[key] = option.fallback()
      continue
    }
    try {
      config[key] = option.parse(texts)
    } catch (error) {
      throw new ConfigError(`${place}: ${(error as Error).message}`)
    }
  }
  return config as unknown as Config
}

function given(
  key: string,
  option: Option<unknown>,
  flags: ConfigSources['flags'],
  environment: ConfigSources['environment'],
  file: ConfigSources['file'],
): [place: string, texts: readonly string[]] | undefined {
  const flag = flagOf(key)
  const fromFlag = flags.get(flag)
  if (fromFlag !== undefined) return [`--${flag}`, fromFlag]
  for (const variable of [variableOf(key), option.alias]) {
    const text = variable === undefined ? undefined : environment[variable]
    if (variable !== undefined && text !== undefined && text !== '') {
      return [variable, option.repeated === true ? text.split(',') : [text]]
    }
  }
  const value = file?.values[key]
  if (value === undefined || value === null) return undefined
  const place = `${file?.name}: ${key}`
  return [place, (Array.isArray(value) ? value : [value]).map((item) => plainText(place, item))]
}

/** What the values of files look like elsewhere. The value itself is not shown: it may be a secret. */
function plainText(place: string, value: unknown): string {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return String(value)
  throw new ConfigError(
    `${place}: expected a text, number or boolean, found ${value === null ? 'null' : 'a map or list'}`,
  )
}

/** As it was given, when it can be read. */
function postgresUrl(text: string): string {
  parsePostgresUrl(text)
  return text
}

/** `dataDir` → `data-dir`. */
export function flagOf(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}

/** `dataDir` → `GATEHOUSE_DATA_DIR`. */
export function variableOf(key: string): string {
  return `GATEHOUSE_${key.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`
}

/** The folder that the platform keeps for a program's data of one user. */
export function defaultDataDir(
  platform: NodeJS.Platform,
  environment: Readonly<Record<string, string | undefined>>,
): string {
  const home = homedir()
  if (platform === 'win32')
    return join(environment.LOCALAPPDATA ?? join(home, 'AppData', 'Local'), 'Gatehouse')
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', 'Gatehouse')
  return join(environment.XDG_DATA_HOME || join(home, '.local', 'share'), 'gatehouse')
}

/** Whether only this machine reaches what listens on `host`. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)
}

function one<T>(parse: (text: string) => T): (texts: readonly string[]) => T {
  return (texts) => {
    if (texts.length !== 1) throw new Error(`expected one value, found ${texts.length}`)
    return parse(texts[0] as string)
  }
}

function matching(pattern: RegExp, expected: string): (text: string) => string {
  return (text) => {
    if (!pattern.test(text)) throw new Error(`expected ${expected}, found ${JSON.stringify(text)}`)
    return text
  }
}

function integer(least: number, most: number, or = ''): (text: string) => number {
  return (text) => {
    const number = /^\d+$/.test(text) ? Number(text) : Number.NaN
    if (number >= least && number <= most) return number
    throw new Error(`expected ${or}a whole number from ${least} to ${most}, found ${JSON.stringify(text)}`)
  }
}

function range(text: string): IpRange {
  const found = parseRange(text.trim())
  if (found !== undefined) return found
  throw new Error(
    `expected an address or a range such as 10.0.0.0/8 or 2001:db8::/32, found ${JSON.stringify(text)}`,
  )
}

/** @returns the certificates of the file */
function authorities(file: string): string {
  const found = `expected a file of PEM certificates, found ${JSON.stringify(file)}`
  try {
    return certificates(readFileSync(file, 'utf8')).join('\n')
  } catch (cause) {
    throw new Error(`${found}: ${(cause as Error).message}`, { cause })
  }
}

/** @returns the file, absolute: workers follow it, too */
function targetsFile(file: string): string {
  try {
    readTargets(file)
  } catch (error) {
    throw new Error(
      `expected a file of targets, found ${JSON.stringify(file)}: ${(error as Error).message}`,
      {
        cause: error,
      },
    )
  }
  return resolve(file)
}

function trafficFile(file: string): string {
  try {
    readTrafficRules(file)
    return resolve(file)
  } catch (cause) {
    const found = JSON.stringify(file)
    throw new Error(`expected a file of traffic settings, found ${found}: ${(cause as Error).message}`, {
      cause,
    })
  }
}

const STAND_IN = /^([\w:/-]+)=(https?:\/\/[^\s;?#]+)((?:;[^\s;]+)*)$/

/** @returns who stands in for which pool */
function standIn(text: string): [string, StandIn] {
  const [, pool = '', issuer = '', given = ''] = STAND_IN.exec(text.trim()) ?? []
  if (!URL.canParse(issuer)) {
    throw new Error(
      `expected a user pool and its issuer such as us-east-1_abc=https://login.example, found ${JSON.stringify(text)}`,
    )
  }
  const audiences = given.split(';').slice(1)
  return [pool, { issuer, ...(audiences.length === 0 ? {} : { audiences }) }]
}

function quota(text: string): [QuotaName, number] {
  const [, name = '', most = ''] = /^\s*(\w+)=(\d{1,9})\s*$/.exec(text) ?? []
  if (Object.hasOwn(quotaTable, name)) return [name as QuotaName, Number(most)]
  throw new Error(
    `expected a quota and its number such as resourcesPerApi=1000, found ${JSON.stringify(text)}; there are ${Object.keys(quotaTable).join(', ')}`,
  )
}

function tokenRate(text: string): TokenRate {
  const [, rate = '', burst = ''] = /^(\d{1,7}(?:\.\d{1,3})?):(\d{1,9})$/.exec(text) ?? []
  if (Number(rate) > 0 && Number(burst) > 0) return { perSecond: Number(rate), burst: Number(burst) }
  throw new Error(`expected requests a second and at once such as 10000:5000, found ${JSON.stringify(text)}`)
}

function accessLogFormat(text: string): string {
  if (Object.hasOwn(namedFormats, text)) return text
  const error = checkLogFormat(text, 'REST').find(({ severity }) => severity === 'error')
  if (error === undefined) return text
  throw new Error(
    `expected ${Object.keys(namedFormats).join(', ')} or a format, found one in error: ${error.message}`,
  )
}

function trafficLimit(text: string): [TrafficLimitName, number] {
  const [, name = '', value = ''] = /^\s*(\w+)=(\d{1,15}|none)\s*$/.exec(text) ?? []
  if (!Object.hasOwn(trafficLimitTable, name)) {
    throw new Error(
      `expected a limit and its value such as requestBytes=104857600, found ${JSON.stringify(text)}; there are ${Object.keys(trafficLimitTable).join(', ')}`,
    )
  }
  const { unit, none } = trafficLimitTable[name as TrafficLimitName]
  const most = value === 'none' ? none : Number(value)
  if (most > none || most < 1) {
    throw new Error(
      `${name}: expected ${none === Infinity ? 'a number of' : `1 to ${none}`} ${unit}, or none; found ${value}`,
    )
  }
  return [name as TrafficLimitName, most]
}

function boolean(text: string): boolean {
  if (/^(true|1|yes|on)$/i.test(text)) return true
  if (/^(false|0|no|off)$/i.test(text)) return false
  throw new Error(`expected true or false, found ${JSON.stringify(text)}`)
}

function oneOf<T extends string>(...values: readonly T[]): (text: string) => T {
  return (text) => {
    const found = values.find((value) => value === text)
    if (found === undefined) throw new Error(`expected ${values.join(', ')}; found ${JSON.stringify(text)}`)
    return found
  }
}
