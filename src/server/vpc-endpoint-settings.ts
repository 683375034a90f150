import { IpRanges, parseRange, type IpRange } from '#base/ip-range.ts'
import type { VpcEndpoints } from '#data-plane/origin.ts'
import type { Config } from './config.ts'

export interface VpcEndpointSetting {
  readonly id: string
  readonly vpcId: string
  /** None: it is named by a header alone. */
  readonly ranges: readonly IpRange[]
}

const BEGINNING = /^(vpce-[0-9a-z]+)=(vpc-[0-9a-z]+)$/

/**
 * `vpce-1=vpc-1,10.0.0.0/16,10.9.0.1`, several of them in one text or in several.
 * @throws Error saying what is expected
 */
export function readVpcEndpoints(texts: readonly string[]): VpcEndpointSetting[] {
  const found: { readonly id: string; readonly vpcId: string; readonly ranges: IpRange[] }[] = []
  for (const part of texts.flatMap((text) => text.split(',')).map((text) => text.trim())) {
    const [, id, vpcId] = BEGINNING.exec(part) ?? []
    const range = parseRange(part)
    const last = found.at(-1)
    if (id !== undefined && vpcId !== undefined) {
      if (found.some((other) => other.id === id))
        throw new Error(`expected each endpoint once, found ${id} twice`)
      found.push({ id, vpcId, ranges: [] })
    } else if (range !== undefined && last !== undefined) {
      last.ranges.push(range)
    } else {
      throw new Error(
        `expected an endpoint with its VPC and ranges such as vpce-1=vpc-1,10.0.0.0/16, found ${JSON.stringify(part)}`,
      )
    }
  }
  return found
}

type Settings = Pick<Config, 'vpcEndpoints' | 'vpcEndpointHeader' | 'trustedProxies'>

/** Undefined where there are none. */
export function vpcEndpointsOf(config: Settings): VpcEndpoints | undefined {
  if (config.vpcEndpoints.length === 0) return undefined
  const proxies = new IpRanges(config.trustedProxies)
  return {
    all: config.vpcEndpoints.map(({ ranges, ...rest }) => ({ ...rest, ranges: new IpRanges(ranges) })),
    header: config.vpcEndpointHeader,
    isProxy: (address) => proxies.has(address),
  }
}
