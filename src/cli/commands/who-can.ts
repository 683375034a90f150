import { createAwsCaller } from '#aws/client.ts'
import type { AskedPolicy, Verdict } from '#server/who-can/verdict.ts'
import { parseArguments, UsageError, type Arguments } from '../arguments.ts'
import { endpointFlags, endpointOf, type Endpoint } from '../endpoint.ts'

/** `gatehouse who-can METHOD URL`: whether a call would be let in, and by which statement. 0: it would. */
export async function run(texts: readonly string[]): Promise<number> {
  const known = endpointFlags().set('json', false)
  for (const flag of ['as', 'token', 'header', 'from']) known.set(flag, true)
  const parsed = parseArguments(texts, known)
  const [method, url, ...others] = parsed.words
  if (method === undefined || url === undefined || others.length > 0) {
    throw new UsageError('who-can takes a method and a URL')
  }
  if (!/^https?:\/\//.test(url) || !URL.canParse(url)) {
    throw new UsageError(`expected a URL such as http://localhost:4566/…, found ${url}`)
  }
  const given = (flag: string): string | undefined => parsed.flags.get(flag)?.at(-1)
  const { url: endpoint, credentials, region } = await gatewayOf(parsed, new URL(url))
  const verdict = (await createAwsCaller({ endpoint, credentials, region }).call(
    'apigateway',
    'POST',
    '/_gatehouse/who-can',
    {
      method: method.toUpperCase(),
      url,
      as: given('as'),
      token: given('token'),
      from: given('from'),
      headers: (parsed.flags.get('header') ?? []).flatMap(fieldOf),
    },
  )) as Verdict
  console.log(given('json') === 'true' ? JSON.stringify(verdict, null, 2) : described(verdict).join('\n'))
  return verdict.decision === 'allow' ? 0 : 1
}

/** --endpoint or AWS_ENDPOINT_URL; else where the URL leads, when that is this machine. */
async function gatewayOf(parsed: Arguments, url: URL): Promise<Endpoint> {
  const endpoint = await endpointOf(parsed)
  const told = ['endpoint', 'port', 'host'].some((flag) => parsed.flags.has(flag))
  if (told || process.env.AWS_ENDPOINT_URL !== undefined) return endpoint
  const isHere = /^(?:(?:.+\.)?localhost|127(?:\.\d+){3}|\[::1\])$/.test(url.hostname)
  if (!isHere || url.protocol === 'https:') return endpoint
  return { ...endpoint, url: `http://localhost${url.port === '' ? '' : `:${url.port}`}` }
}

function fieldOf(text: string): [name: string, value: string] {
  const colon = text.indexOf(':')
  // The text may hold a secret.
  if (colon < 1) throw new UsageError("--header: expected 'Name: value'")
  return [text.slice(0, colon).trim(), text.slice(colon + 1).trim()]
}

const WORDS: Readonly<Record<Verdict['decision'], string>> = {
  allow: 'ALLOWED',
  deny: 'DENIED',
  depends: 'DEPENDS',
}

function described(verdict: Verdict): string[] {
  const { decision, reason, statement, answer, method, resource, caller, needs, notes } = verdict
  const lines = [`${WORDS[decision]}  ${caller}: ${reason}`]
  if (statement !== undefined) {
    const { policy, index, sid, effect, line } = statement
    lines.push(
      `  statement ${index}${sid === undefined ? '' : ` (${sid})`} of ${policy}: ${effect}${at(line)}`,
    )
  }
  if (answer !== undefined) lines.push(`  answered ${answer.status} ${answer.type}: ${answer.message}`)
  for (const need of needs) lines.push(`  needs ${need}`)
  for (const note of notes) lines.push(`  note: ${note}`)
  if (method !== undefined) {
    const { apiId, stage, deploymentId, httpMethod, resourcePath, authorizationType } = method
    lines.push(
      `method    ${httpMethod} ${resourcePath}, authorization ${authorizationType}; API ${apiId}, stage ${stage}, deployment ${deploymentId}`,
    )
  }
  if (resource !== undefined) lines.push(`resource  ${resource}`)
  return [...lines, ...verdict.policies.flatMap(policyLines), ...principalLines(verdict)]
}

function policyLines({ name, statements }: AskedPolicy): string[] {
  if (statements === undefined) return [`policy    ${name}: it cannot be read, and denies everything`]
  const told = statements.map(({ index, sid, effect, because, line }) => {
    const named = `${index}${sid === undefined ? '' : ` (${sid})`} ${effect}${at(line)}`
    return `  ${because === undefined ? '+' : '-'} ${named}: ${because ?? 'is about this call'}`
  })
  return [`policy    ${name}`, ...told]
}

function principalLines({ principals }: Verdict): string[] {
  if (principals === undefined) return []
  if (principals.length === 0) return ['there is no user or role']
  return [
    'signed by',
    ...principals.map(({ arn, decision, reason }) => `  ${WORDS[decision]}  ${arn}: ${reason}`),
  ]
}

function at(line: number | undefined): string {
  return line === undefined ? '' : `, line ${line}`
}
