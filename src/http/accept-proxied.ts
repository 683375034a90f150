import type { Socket as BunSocket } from 'bun'
import { BlockList, isIP } from 'node:net'
import { AcceptStage } from './accept-stage.ts'
import type { Connection } from './connection.ts'
import { readProxyHeader } from './proxy-protocol.ts'
import type { ServerContext } from './server-connection.ts'
import type { SocketOwner } from './socket.ts'

export interface ProxyProtocolOptions {
  /**
   * Who must begin every connection with a PROXY protocol header and is believed: `192.0.2.0/24`, `2001:db8::/32`, an
   * address, or `unix:` for the clients of a Unix domain socket. From all others a header is a malformed request.
   */
  readonly trusted: readonly string[]
}

/** Takes a connection over once the client's address is known. */
export type Begin = (socket: BunSocket<SocketOwner>, address: string, startedMs: number) => Connection

/**
 * The same as `begin`, after the PROXY protocol where the peer is trusted.
 * @throws Error on what is not a range of addresses
 */
export function afterProxyHeader(
  context: ServerContext,
  { trusted }: ProxyProtocolOptions,
  begin: Begin,
): Begin {
  const isTrusted = addressMatcher(trusted)
  return (socket, address, startedMs) =>
    isTrusted(address)
      ? new ProxiedAccept(context, socket, startedMs, address, begin)
      : begin(socket, address, startedMs)
}

class ProxiedAccept extends AcceptStage {
  readonly #address: string
  readonly #begin: Begin

  constructor(
    context: ServerContext,
    socket: BunSocket<SocketOwner>,
    startedMs: number,
    address: string,
    begin: Begin,
  ) {
    super(context, socket, startedMs)
    this.#address = address
    this.#begin = begin
  }

  protected read(bytes: Buffer): void {
    const header = readProxyHeader(bytes)
    if (header === 'incomplete') {
      this.wait(bytes)
    } else if (header === 'malformed') {
      this.context.log.warn('a trusted proxy sent no PROXY protocol header', { proxy: this.#address })
      this.terminate()
    } else {
      const address = header.source ?? this.#address
      this.handOver(this.#begin(this.socket, address, this.startedMs), bytes.subarray(header.length))
    }
  }
}

/** @throws Error on what is not a range of addresses */
export function addressMatcher(ranges: readonly string[]): (address: string) => boolean {
  const list = new BlockList()
  const names = new Set<string>()
  for (const range of ranges) {
    const [, address = '', prefix] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(range) ?? []
    const version = isIP(address)
    const bits = version === 4 ? 32 : 128
    const length = prefix === undefined ? bits : Number(prefix)
    if (range === 'unix:') names.add(range)
    else if (version !== 0 && length <= bits) list.addSubnet(address, length, version === 4 ? 'ipv4' : 'ipv6')
    else
      throw new Error(
        `expected addresses such as 192.0.2.0/24 or 2001:db8::/32, found ${JSON.stringify(range)}`,
      )
  }
  return (address) => names.has(address) || list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
}
