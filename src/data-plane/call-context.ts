import type { RequestContext } from '#languages/policy/request.ts'
import type { Exchange } from './exchange.ts'

/**
 * The condition keys that API Gateway's policies may ask for, whoever calls. Developer guide, "AWS condition keys that
 * can be used in API Gateway resource policies".
 */
const conditionKeys: Readonly<Record<string, (exchange: Exchange) => string | undefined>> = {
  'aws:currenttime': ({ startedAtMs }) => new Date(startedAtMs).toISOString(),
  'aws:epochtime': ({ startedAtMs }) => String(Math.floor(startedAtMs / 1000)),
  'aws:referer': ({ request }) => request.headers.get('referer'),
  'aws:securetransport': ({ client }) => String(client.secure),
  // IAM user guide, "AWS global condition context keys": whoever comes through a VPC endpoint has a VpcSourceIp instead.
  'aws:sourceip': ({ client, vpcEndpoint }) => (vpcEndpoint === undefined ? client.address : undefined),
  'aws:sourcevpc': ({ vpcEndpoint }) => vpcEndpoint?.vpcId,
  'aws:sourcevpce': ({ vpcEndpoint }) => vpcEndpoint?.id,
  'aws:vpcsourceip': ({ client, vpcEndpoint }) => (vpcEndpoint === undefined ? undefined : client.address),
  'aws:useragent': ({ request }) => request.headers.get('user-agent'),
}

const NOTHING: RequestContext = new Map()

/** The condition keys of a request. Most policies have no conditions: each is made when it is asked for. */
export class CallContext implements RequestContext {
  readonly #exchange: Exchange
  readonly #known: RequestContext

  /** @param known further ones, those of a caller that is known */
  constructor(exchange: Exchange, known: RequestContext = NOTHING) {
    this.#exchange = exchange
    this.#known = known
  }

  get(key: string): string | readonly string[] | undefined {
    const read = Object.hasOwn(conditionKeys, key) ? conditionKeys[key] : undefined
    return read === undefined ? this.#known.get(key) : read(this.#exchange)
  }

  has(key: string): boolean {
    return this.get(key) !== undefined
  }

  *[Symbol.iterator](): Iterator<readonly [string, string | readonly string[]]> {
    for (const [key, read] of Object.entries(conditionKeys)) {
      const value = read(this.#exchange)
      if (value !== undefined) yield [key, value]
    }
    yield* this.#known
  }
}
