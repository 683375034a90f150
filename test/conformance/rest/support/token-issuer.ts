import { createHmac, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { algorithms } from '#languages/jwt/algorithms.ts'

/** A key of an issuer. */
export interface IssuerKey {
  readonly id: string
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
}

export function rsaKey(id: string, modulusLength: number = 2048): IssuerKey {
  return { id, ...generateKeyPairSync('rsa', { modulusLength }) }
}

export function ecKey(id: string, namedCurve: string): IssuerKey {
  return { id, ...generateKeyPairSync('ec', { namedCurve }) }
}

export const jwkOf = ({ id, publicKey }: IssuerKey, more: object = {}): object => ({
  ...publicKey.export({ format: 'jwk' }),
  kid: id,
  use: 'sig',
  ...more,
})

/** An OpenID Connect issuer that answers what the test says. */
export interface TestIssuer {
  readonly url: string
  keys: readonly object[]
  /** In place of the usual answers, by path. */
  answers: Readonly<Record<string, () => Response | Promise<Response>>>
  /** Paths that were asked for. */
  asked: string[]
  stop(): Promise<void>
}

export function startIssuer(): TestIssuer {
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    fetch(request) {
      const { pathname } = new URL(request.url)
      issuer.asked.push(pathname)
      const answer = issuer.answers[pathname]
      if (answer !== undefined) return answer()
      if (pathname === '/.well-known/openid-configuration') {
        return Response.json({ issuer: issuer.url, jwks_uri: `${issuer.url}/keys` })
      }
      return pathname === '/keys' ? Response.json({ keys: issuer.keys }) : new Response('', { status: 404 })
    },
  })
  const issuer: TestIssuer = {
    url: `http://127.0.0.1:${server.port}`,
    keys: [],
    answers: {},
    asked: [],
    stop: () => server.stop(true),
  }
  return issuer
}

export const encode = (part: unknown): string =>
  Buffer.from(typeof part === 'string' ? part : JSON.stringify(part), 'utf8').toString('base64url')

/** A token as an issuer makes it, or as nobody should. @param header and claims as objects, or as the text that is encoded */
export function tokenOf(
  claims: unknown,
  key: IssuerKey,
  { alg = 'RS256', header = { kid: key.id, alg } }: { readonly alg?: string; readonly header?: unknown } = {},
): string {
  const signed = `${encode(header)}.${encode(claims)}`
  const signature = algorithms.get(alg)?.sign(Buffer.from(signed), key.privateKey)
  return `${signed}.${signature?.toString('base64url') ?? ''}`
}

/** What who knows only the public key can make: HS256 with its PEM. */
export function hmacToken(claims: unknown, key: IssuerKey): string {
  const signed = `${encode({ kid: key.id, alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`
  const secret = key.publicKey.export({ format: 'pem', type: 'spki' })
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`
}
