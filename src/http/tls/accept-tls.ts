import type { Socket as BunSocket } from 'bun'
import { AcceptStage } from '../accept-stage.ts'
import type { Begin } from '../accept-proxied.ts'
import type { ServerContext } from '../server-connection.ts'
import type { SocketOwner } from '../socket.ts'
import type { CertificateTable, PreparedIdentity } from './certificate-table.ts'
import { looksLikeTls, readClientHello } from './client-hello.ts'
import { secureEvents, TlsHandshake } from './tls-handshake.ts'

export interface TlsOptions {
  /** Read at every handshake: swap its content to change certificates. */
  readonly certificates: CertificateTable
}

/**
 * Begins connections with a TLS handshake. The ClientHello is read here, before the TLS library sees it, because the
 * certificate is chosen by it, and because a client that speaks plain HTTP can still be told so.
 * @param http2 whether HTTP/2 is offered
 */
export function acceptTls(context: ServerContext, { certificates }: TlsOptions, http2: boolean): Begin {
  const protocols = alpnList(http2 ? ['h2', 'http/1.1'] : ['http/1.1'])
  return (socket, address, startedMs) =>
    new HelloAccept(context, socket, startedMs, address, certificates, protocols)
}

/** Waits for the ClientHello, then hands the socket to the TLS library. */
class HelloAccept extends AcceptStage {
  readonly #address: string
  readonly #certificates: CertificateTable
  readonly #protocols: Buffer

  constructor(
    context: ServerContext,
    socket: BunSocket<SocketOwner>,
    startedMs: number,
    address: string,
    certificates: CertificateTable,
    protocols: Buffer,
  ) {
    super(context, socket, startedMs)
    this.#address = address
    this.#certificates = certificates
    this.#protocols = protocols
  }

  protected read(bytes: Buffer): void {
    if (!looksLikeTls(bytes)) {
      this.#refusePlain(bytes)
      return
    }
    const hello = readClientHello(bytes, this.context.limits.clientHelloBytesMax)
    if (hello === 'malformed') {
      this.refuse(alert(DECODE_ERROR))
    } else if (hello === 'incomplete') {
      this.wait(bytes)
    } else {
      const identity = this.#certificates.find(hello.serverName)
      if (identity === undefined) this.refuse(alert(UNRECOGNIZED_NAME))
      else this.#upgrade(bytes, identity, hello.serverName)
    }
  }

  #upgrade(hello: Buffer, identity: PreparedIdentity, serverName?: string): void {
    const { context: secureContext, mutual } = identity
    const { context, socket } = this
    const handshake = new TlsHandshake(context, this.startedMs, this.#address, serverName, identity)
    context.replace(this, handshake)
    // The handle that stays behind tells what happens underneath: nobody listens.
    socket.data = NOBODY
    try {
      const [raw, secure] = (socket as unknown as Upgradable).upgradeTLS({
        isServer: true,
        initialData: hello,
        data: handshake,
        // The context's own word on client certificates does not count where any other option is given.
        tls: {
          secureContext,
          ALPNProtocols: this.#protocols,
          requestCert: mutual,
          // Who is not trusted is told so in an answer, not by the end of the connection.
          rejectUnauthorized: false,
        },
        socket: secureEvents,
      })
      raw.data = NOBODY
      handshake.began(secure)
    } catch (error) {
      context.log.debug('TLS handshake failed', { client: this.#address, error })
      socket.terminate()
      handshake.closed()
    }
  }

  #refusePlain(bytes: Buffer): void {
    if (!isLetter(bytes[0] as number)) {
      this.terminate()
      return
    }
    this.context.refused(400, this.#address)
    this.refuse(SPEAKS_HTTPS)
  }
}

const NOBODY: SocketOwner = { received() {}, drained() {}, ended() {}, closed() {} }

/** Bun has this; its types do not. */
interface Upgradable {
  upgradeTLS(options: {
    isServer: true
    initialData: Buffer
    data: SocketOwner
    tls: {
      secureContext: PreparedIdentity['context']
      ALPNProtocols: Buffer
      requestCert: boolean
      rejectUnauthorized: boolean
    }
    socket: Bun.SocketHandler<SocketOwner, 'buffer'>
  }): [raw: BunSocket<SocketOwner>, secure: BunSocket<SocketOwner>]
}

/** As TLS carries it: each name with its length in front (RFC 7301 §3.1). */
function alpnList(names: readonly string[]): Buffer {
  return Buffer.concat(names.map((name) => Buffer.from(`${String.fromCharCode(name.length)}${name}`)))
}

/** A fatal alert (RFC 8446 §6). */
function alert(description: number): Buffer {
  return Buffer.from([21, 3, 1, 0, 2, 2, description])
}

const DECODE_ERROR = 50
const UNRECOGNIZED_NAME = 112

function isLetter(byte: number): boolean {
  return (byte | 32) >= 97 && (byte | 32) <= 122
}

const WORDS = 'This port speaks HTTPS: use https:// in place of http://.\n'
const SPEAKS_HTTPS = Buffer.from(
  'HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\n' +
    `Content-Length: ${WORDS.length}\r\nConnection: close\r\n\r\n${WORDS}`,
)
