import type { Clock } from '#base/clock.ts'
import { WholeBody } from '#http/body.ts'
import type { HttpClient } from '#http/client.ts'
import { Headers } from '#http/headers.ts'
import type { ServiceEndpoint } from '../service-endpoint.ts'
import { sign, type SigningKeys } from '../sigv4.ts'
import { CredentialsUnavailable, type ExpiringKeys } from './key-source.ts'

export interface RoleAssumption {
  readonly roleArn: string
  /** STS. */
  readonly endpoint: ServiceEndpoint
  /** Who assumes. */
  readonly keys: SigningKeys
  readonly client: HttpClient
  readonly clock: Clock
}

const TIMEOUT_MS = 10_000
const ANSWER_BYTES_MAX = 256 * 1024
/** The name that API Gateway's sessions have in CloudTrail. */
const SESSION_NAME = 'BackplaneAssumeRoleSession'

/** One call of STS AssumeRole. @throws CredentialsUnavailable */
export async function assumeRole(assumption: RoleAssumption): Promise<ExpiringKeys> {
  const { roleArn, endpoint, keys, client, clock } = assumption
  const form = new URLSearchParams({
    Action: 'AssumeRole',
    Version: '2011-06-15',
    RoleArn: roleArn,
    RoleSessionName: SESSION_NAME,
  })
  const body = Buffer.from(form.toString())
  const target = `${endpoint.pathPrefix}/`
  const headers = new Headers(['Host', endpoint.host, 'Content-Type', 'application/x-www-form-urlencoded'])
  const scope = { region: endpoint.signingRegion, service: endpoint.signingName }
  sign({ method: 'POST', target, headers, body }, keys, scope, clock.now())
  let status: number
  let xml: string
  try {
    const { origin } = endpoint
    const request = { origin, method: 'POST', target, headers, body: new WholeBody(body) }
    const answer = await client.send({ ...request, timeoutMs: TIMEOUT_MS })
    status = answer.status
    xml = Buffer.from(await answer.body.bytes(ANSWER_BYTES_MAX)).toString('utf8')
  } catch (cause) {
    throw new CredentialsUnavailable(`STS at ${endpoint.origin}: ${(cause as Error).message}`, cause)
  }
  if (status !== 200) {
    const told = `${element(xml, 'Code') ?? status} ${element(xml, 'Message') ?? ''}`.trim()
    throw new CredentialsUnavailable(`STS at ${endpoint.origin} refused: ${told}`)
  }
  return readKeys(xml, endpoint.origin)
}

function readKeys(xml: string, origin: string): ExpiringKeys {
  const [accessKeyId, secretAccessKey, sessionToken] = ['AccessKeyId', 'SecretAccessKey', 'SessionToken'].map(
    (name) => element(xml, name),
  )
  const expiresAtMs = Date.parse(element(xml, 'Expiration') ?? '')
  if (accessKeyId === undefined || secretAccessKey === undefined || Number.isNaN(expiresAtMs)) {
    throw new CredentialsUnavailable(`STS at ${origin} answered no credentials`)
  }
  return { accessKeyId, secretAccessKey, sessionToken, expiresAtMs }
}

/** The text of the first element of that name. Keys, codes and times have no markup in them. */
function element(xml: string, name: string): string | undefined {
  return new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1]?.trim()
}
