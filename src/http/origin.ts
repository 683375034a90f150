/** Where requests of one kind go: what a pool of connections is kept for. */
export interface Origin {
  readonly secure: boolean
  /** A name or an address, an IPv6 one without brackets; `localhost` behind a Unix domain socket. */
  readonly hostname: string
  readonly port: number
  /** Path of the Unix domain socket, in place of name and port. */
  readonly socketPath: string | undefined
  /** `host` or `host:port`, for the Host field. */
  readonly authority: string
}

/**
 * @param text `http://backend.example`, `https://10.0.0.1:8443`, or the absolute path of a Unix domain socket as it is,
 * without escapes: `unix:/run/app.sock`. Plain HTTP is spoken there, and `Host: localhost` sent where a request has none
 * @returns undefined when it is not that
 */
export function parseOrigin(text: string): Origin | undefined {
  if (text.startsWith('unix:')) return unixOrigin(text.slice('unix:'.length))
  if (!ORIGIN.test(text) || !URL.canParse(text)) return undefined
  const { protocol, hostname, port, host } = new URL(text)
  const secure = protocol === 'https:'
  return {
    secure,
    hostname: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port || (secure ? 443 : 80)),
    socketPath: undefined,
    authority: host,
  }
}

function unixOrigin(path: string): Origin | undefined {
  if (!path.startsWith('/') || path.includes('\0') || Buffer.byteLength(path) > SOCKET_PATH_BYTES_MAX)
    return undefined
  return { secure: false, hostname: 'localhost', port: 0, socketPath: path, authority: 'localhost' }
}

const ORIGIN = /^https?:\/\/[^/?#@\\\s]+$/i
/** What the kernel's socket address holds: 108 bytes and less, the last of them zero. */
const SOCKET_PATH_BYTES_MAX = 107
