import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { CognitoIdentityClient } from '@aws-sdk/client-cognito-identity'
import { IAMClient } from '@aws-sdk/client-iam'
import { STSClient } from '@aws-sdk/client-sts'
import { createAwsEndpoint } from '#aws/service.ts'
import { silentLog } from '#base/log.ts'
import { Callers } from '#companions/iam/callers.ts'
import { createIamService } from '#companions/iam/service.ts'
import { createSessionTokens } from '#companions/iam/session-tokens.ts'
import { providerIdentities } from '#companions/sts/provider-identities.ts'
import { createStsService } from '#companions/sts/service.ts'
import type { TokenVerdict, TokenVerifier } from '#companions/sts/token-verifier.ts'
import { takeRole } from '#companions/sts/web-identity.ts'
import { startHttpServer } from '#http/server.ts'
import { audiencesOf } from '#languages/jwt/audience.ts'
import { signToken } from '#languages/jwt/sign.ts'
import { readToken } from '#languages/jwt/token.ts'
import { createSealer, sealingKeyBytes } from '#store/sealing.ts'
import { openSqliteStore } from '#store/sqlite.ts'
import { createIdentityPools } from './service.ts'

export const ACCOUNT = '000000000000'
export const REGION = 'us-east-1'

/** Identity pools, IAM and STS behind a real server, with real clients; what issuers say is the test's word. */
export interface TestIdentityPools {
  readonly sdk: CognitoIdentityClient
  readonly iam: IAMClient
  readonly sts: STSClient
  readonly callers: Callers
  /** `{pool} {sub}` of those who have signed out. */
  readonly signedOut: Set<string>
  nowMs: number
  /** A token that its issuer would make. @param issuer URL, as providers are named */
  tokenOf(issuer: string, claims: Readonly<Record<string, unknown>>): string
  stop(): Promise<void>
}

export function startIdentityPools(): TestIdentityPools {
  const store = openSqliteStore({ path: ':memory:', log: silentLog })
  const clock = { now: () => test.nowMs }
  const sealer = createSealer(randomBytes(sealingKeyBytes))
  const tokens = createSessionTokens(sealer)
  const common = { store, clock, sealer, tokens, log: silentLog }
  const callers = new Callers({ ...common, rootKeys: new Map(), rootAccount: ACCOUNT })
  const signedOut = new Set<string>()
  const verifier: TokenVerifier = { verify: async (issuer, token) => judge(issuer, token, test.nowMs) }
  const pools = createIdentityPools({
    ...common,
    verifier,
    isSignedIn: async (poolId, { sub }) => !signedOut.has(`${poolId} ${String(sub)}`),
    takeRole: async (identity, request) => (await takeRole(common, identity, request))?.Credentials,
  })
  const webIdentities = providerIdentities({ store, verifier, known: pools.issuer })
  const endpoint = createAwsEndpoint({
    ...common,
    services: [createIamService(common), createStsService({ ...common, webIdentities }), pools.service],
    credentials: { kind: 'any', find: async () => undefined },
    defaultAccount: ACCOUNT,
    defaultRegion: REGION,
  })
  const server = startHttpServer({
    hostname: '127.0.0.1',
    port: 0,
    handler: (request) => endpoint.serve(request),
  })
  const settings = {
    endpoint: `http://127.0.0.1:${server.port}`,
    region: REGION,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  }
  const clients = [
    new CognitoIdentityClient(settings),
    new IAMClient(settings),
    new STSClient(settings),
  ] as const
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const test: TestIdentityPools = {
    sdk: clients[0],
    iam: clients[1],
    sts: clients[2],
    callers,
    signedOut,
    nowMs: Date.now(),
    tokenOf: (iss, claims) =>
      signToken({ iss, exp: Math.floor(test.nowMs / 1000) + 600, ...claims }, { id: 'k', key: privateKey }),
    async stop() {
      for (const client of clients) client.destroy()
      await server.stop({ graceMs: 0 })
      await store.close()
    },
  }
  return test
}

/** Takes every signature: verifying them is the port's other side. */
function judge(issuer: string, text: string, nowMs: number): TokenVerdict {
  const claims = readToken(text)?.claims
  if (claims === undefined) return 'invalid'
  if (claims['iss'] !== issuer) return 'foreign'
  if (claims['fault'] !== undefined) return claims['fault'] as TokenVerdict
  return (claims['exp'] as number) * 1000 > nowMs ? { claims, audiences: audiencesOf(claims) } : 'expired'
}
