import type { Clock } from '#base/clock.ts'
import type { HttpClient } from '#http/client.ts'
import { assumeRole } from './credentials/assumed-role.ts'
import { CachedKeys } from './credentials/cached-keys.ts'
import { CredentialsUnavailable, type KeySource } from './credentials/key-source.ts'
import { ownKeys } from './credentials/own-keys.ts'
import { serviceEndpoint, type Environment, type ServiceEndpoint } from './service-endpoint.ts'
import type { SigningKeys } from './sigv4.ts'

export interface AwsAccessOptions {
  /** Names endpoints. */
  readonly environment: Environment
  readonly client: HttpClient
  readonly clock: Clock
  /** Where the gateway's own keys are looked for by services that need a region. */
  readonly region: string
  /** In place of the usual chain. */
  readonly own?: KeySource | undefined
  /** For what is not AWS, when there are no keys; the account as access key id. */
  readonly any?: SigningKeys | undefined
}

/** Who calls a service. */
export interface Caller {
  /** 12 digits: the API's. */
  readonly account: string
  /** The role to call as; undefined: as the gateway itself. */
  readonly roleArn?: string | undefined
}

/** Roles whose keys are kept. */
const ROLES_MAX = 1000
/** Services in regions whose endpoints are kept. */
const ENDPOINTS_MAX = 1000

/** The way to AWS services: where they are, and keys to sign with. One a process. */
export class AwsAccess {
  readonly #options: AwsAccessOptions
  readonly #own: CachedKeys
  readonly #roles = new Map<string, CachedKeys>()
  readonly #endpoints = new Map<string, ServiceEndpoint>()

  constructor(options: AwsAccessOptions) {
    this.#options = options
    this.#own = new CachedKeys(options.own ?? ownKeys(options.region), options.clock)
  }

  /** @throws EndpointError */
  endpoint(service: string, region: string): ServiceEndpoint {
    const key = `${region} ${service}`
    let endpoint = this.#endpoints.get(key)
    if (endpoint === undefined) {
      endpoint = serviceEndpoint(service, region, this.#options.environment)
      if (this.#endpoints.size >= ENDPOINTS_MAX) this.#endpoints.clear()
      this.#endpoints.set(key, endpoint)
    }
    return endpoint
  }

  /**
   * Keys for a call to `endpoint`. Where a setting puts something else in AWS's place, keys of any kind will do,
   * and roles are assumed when it does so for STS, too.
   * @throws CredentialsUnavailable
   */
  keys(endpoint: ServiceEndpoint, caller: Caller): SigningKeys | Promise<SigningKeys> {
    const { roleArn, account } = caller
    if (roleArn === undefined) return this.#ownOrAny(endpoint, account)
    const sts = this.endpoint('sts', endpoint.signingRegion)
    if (!endpoint.isAws && sts.isAws) return this.#ownOrAny(endpoint, account)
    return this.#role(roleArn, sts, account).get()
  }

  #role(roleArn: string, sts: ServiceEndpoint, account: string): CachedKeys {
    const key = `${sts.origin} ${roleArn}`
    let keys = this.#roles.get(key)
    if (keys === undefined) {
      const { client, clock } = this.#options
      keys = new CachedKeys(async () => {
        const own = await this.#ownOrAny(sts, account)
        return assumeRole({ roleArn, endpoint: sts, keys: own, client, clock })
      }, clock)
      if (this.#roles.size >= ROLES_MAX) this.#roles.delete(this.#roles.keys().next().value as string)
      this.#roles.set(key, keys)
    }
    return keys
  }

  #ownOrAny(endpoint: ServiceEndpoint, account: string): SigningKeys | Promise<SigningKeys> {
    if (endpoint.isAws) return this.#own.get()
    const any = (error: unknown): SigningKeys => {
      if (!(error instanceof CredentialsUnavailable)) throw error
      // Emulators take the account from the access key, and look at nothing else.
      return this.#options.any ?? { accessKeyId: account, secretAccessKey: 'unused' }
    }
    try {
      const own = this.#own.get()
      return own instanceof Promise ? own.catch(any) : own
    } catch (error) {
      return any(error)
    }
  }
}
