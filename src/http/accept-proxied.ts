import type { Socket as BunSocket } from 'bun'
import type { IpRanges } from '#base/ip-range.ts'
import { AcceptStage } from './accept-stage.ts'
import type { Connection } from './connection.ts'
import { readProxyHeader } from './proxy-protocol.ts'
import type { ServerContext } from './server-connection.ts'
import type { SocketOwner } from './socket.ts'

export interface ProxyProtocolOptions {
  /**
   * Who must begin every connection with a PROXY protocol header, and is believed; clients of a Unix domain socket
   * always. From all others a header is a malformed request.
   */
  readonly trusted: IpRanges
}

/** Takes a connection over once the client's address is known. */
export type Begin = (socket: BunSocket<SocketOwner>, address: string, startedMs: number) => Connection

/** The same as `begin`, after the PROXY protocol where the peer is trusted. */
export function afterProxyHeader(
  context: ServerContext,
  { trusted }: ProxyProtocolOptions,
  begin: Begin,
): Begin {
  return (socket, address, startedMs) =>
    address === UNIX_PEER || trusted.has(address)
      ? new ProxiedAccept(context, socket, startedMs, address, begin)
      : begin(socket, address, startedMs)
}

/** What a client of a Unix domain socket has for an address. */
export const UNIX_PEER = 'unix:'

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
