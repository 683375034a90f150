/** Where a Redis or Valkey is, and who we are to it. */
export interface RedisAddress {
  readonly hostname: string
  readonly port: number
  /** A Unix socket in place of both. */
  readonly socketPath: string | undefined
  readonly tls: boolean
  /** File of the authorities that vouch for it in place of the usual ones, PEM. */
  readonly ca: string | undefined
  readonly user: string
  /** Never logged. */
  readonly password: string | undefined
  readonly database: number
}

const EXPECTED =
  'redis://[[USER]:PASSWORD@]HOST[:PORT][/DATABASE], rediss://…[?ca=FILE] for TLS, or redis+unix:///PATH[?db=DATABASE]'

/** @throws Error saying what is expected; shows no password */
export function redisAddress(text: string): RedisAddress {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isSocket = url?.protocol === 'redis+unix:'
  if (url === undefined || !(isSocket || /^rediss?:$/.test(url.protocol)))
    throw new Error(`expected ${EXPECTED}`)
  const { pathname, searchParams, hostname } = url
  const number = isSocket ? (searchParams.get('db') ?? '0') : pathname.slice(1) || '0'
  const known = isSocket ? ['db'] : url.protocol === 'rediss:' ? ['ca'] : []
  const unknown = [...searchParams.keys()].find((name) => !known.includes(name))
  if (unknown !== undefined) throw new Error(`found the parameter ${unknown}; expected ${EXPECTED}`)
  if (!/^\d{1,5}$/.test(number)) throw new Error(`found a database that is no number; expected ${EXPECTED}`)
  if (isSocket ? pathname === '' : hostname === '') throw new Error(`found no address; expected ${EXPECTED}`)
  return {
    hostname: hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? 6379 : Number(url.port),
    socketPath: isSocket ? decodeURIComponent(pathname) : undefined,
    tls: url.protocol === 'rediss:',
    ca: searchParams.get('ca') ?? undefined,
    user: decodeURIComponent(url.username) || 'default',
    password: url.password === '' ? undefined : decodeURIComponent(url.password),
    database: Number(number),
  }
}

/** Without what is secret. */
export function shownAddress({ hostname, port, socketPath, tls, database }: RedisAddress): string {
  return socketPath === undefined
    ? `${tls ? 'rediss' : 'redis'}://${hostname}:${port}/${database}`
    : `redis+unix://${socketPath}?db=${database}`
}
