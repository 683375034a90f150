import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { signToken } from '#languages/jwt/sign.ts'
import { freePort } from '../support/process.ts'
import type { AuthRow } from './rows.ts'
import { poolAuthorizer } from './user-pool.ts'

const TOKENS = 100_000
const POOL = 'us-east-1_ManyTokens'
const ARN = `arn:aws:cognito-idp:us-east-1:000000000000:userpool/${POOL}`

/** Of an issuer of the benchmark's own, whose keys sign quickly. Each is verified once, which takes a while. */
export const manyTokensRow: AuthRow = {
  name: 'many-tokens',
  title: 'tokens of 100,000 users in turn (ES256), verified and kept',
  addedUsMax: 4,
  async begin() {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const port = await freePort()
    const issuer = `http://127.0.0.1:${port}`
    const keySet = { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'k' }] }
    const server = Bun.serve({
      port,
      hostname: '127.0.0.1',
      fetch: ({ url }) =>
        Response.json(url.endsWith('/keys') ? keySet : { issuer, jwks_uri: `${issuer}/keys` }),
    })
    const folder = await mkdtemp(join(tmpdir(), 'gatehouse-bench-'))
    const file = join(folder, 'tokens')
    const claims = { iss: issuer, aud: 'bench', exp: Math.floor(Date.now() / 1000) + 86_400 }
    const key = { id: 'k', key: privateKey }
    const tokens = Array.from({ length: TOKENS }, (_, i) =>
      signToken({ ...claims, sub: `user-${i}` }, key, 'ES256'),
    )
    await Bun.write(file, tokens.join('\n'))
    return {
      words: ['--user-pool', `${POOL}=${issuer}`],
      prepared: {
        ...poolAuthorizer(ARN, 3600),
        headers: [`Authorization: ${tokens[0]}`],
        lua: `local tokens, n = {}, 0
for line in io.lines("${file}") do tokens[#tokens + 1] = line end
request = function()
  n = n % #tokens + 1
  wrk.headers["Authorization"] = tokens[n]
  return wrk.format()
end`,
        warmUpSeconds: 30,
      },
      async stop() {
        await server.stop(true)
        await rm(folder, { recursive: true })
      },
    }
  },
}
