import { readFileSync } from 'node:fs'
import { createAwsCaller, NoAnswer } from '#aws/client.ts'
import { parseArguments, UsageError, type Arguments } from '../arguments.ts'
import { endpointFlags, endpointOf, type Endpoint } from '../endpoint.ts'
import { describeExplanation, type ExplainedRequest } from '../describe-explanation.ts'

const FLAGS: ReadonlyMap<string, boolean> = endpointFlags()
  .set('request', true)
  .set('header', true)
  .set('data', true)
  .set('json', false)
  .set('token', false)
  .set('seconds', true)

/** As curl spells them. */
const SHORT: Readonly<Record<string, string>> = { '-X': '--request', '-H': '--header', '-d': '--data' }

const EXPLANATION = 'application/vnd.gatehouse.explanation+json'
/** Answers wait for their backends. */
const TIMEOUT_MS = 120_000

/** `gatehouse explain URL`: sends a request and tells what happened to it, step by step. */
export async function run(texts: readonly string[]): Promise<number> {
  const parsed = parseArguments(texts.flatMap(spelledOut), FLAGS)
  const given = (flag: string): string | undefined => parsed.flags.get(flag)?.at(-1)
  const wantsToken = given('token') === 'true'
  const [url, ...others] = parsed.words
  if (others.length > 0 || (url === undefined) !== wantsToken) {
    throw new UsageError('explain takes one URL, or --token and none')
  }
  if (url !== undefined && !/^https?:\/\/./.test(url)) {
    throw new UsageError(`expected a URL such as http://localhost:4566/…, found ${url}`)
  }
  const token = await issue(await gatewayOf(parsed, url), given('seconds'))
  if (url === undefined) {
    console.log(token)
    return 0
  }
  const response = await send(url, parsed, token)
  const text = await response.text()
  if (response.headers.get('content-type') !== EXPLANATION) {
    console.error(
      `gatehouse: ${url} answered ${response.status}, and did not explain it: is that the gateway which gave the token?`,
    )
    return 1
  }
  const explained = JSON.parse(text) as ExplainedRequest
  console.log(given('json') === 'true' ? JSON.stringify(explained, null, 2) : describeExplanation(explained))
  return 0
}

/** `-XPOST` and `-X POST`, as curl has them. */
function spelledOut(text: string): string[] {
  const long = SHORT[text.slice(0, 2)]
  if (long === undefined) return [text]
  return text.length === 2 ? [long] : [`${long}=${text.slice(2)}`]
}

/** --endpoint or AWS_ENDPOINT_URL; else where the URL leads. */
async function gatewayOf(parsed: Arguments, url: string | undefined): Promise<Endpoint> {
  const endpoint = await endpointOf(parsed)
  const told = parsed.flags.has('endpoint') || process.env.AWS_ENDPOINT_URL !== undefined
  return told || url === undefined ? endpoint : { ...endpoint, url: reachable(new URL(url)).origin }
}

async function issue({ url, credentials, region }: Endpoint, seconds: string | undefined): Promise<string> {
  if (seconds !== undefined && !/^\d{1,9}$/.test(seconds)) {
    throw new UsageError(`--seconds: expected a whole number, found ${seconds}`)
  }
  const caller = createAwsCaller({ endpoint: url, credentials, region })
  const body = seconds === undefined ? {} : { seconds: Number(seconds) }
  const answer = await caller.call('apigateway', 'POST', '/_gatehouse/explain', body)
  const { token } = (answer ?? {}) as { token?: unknown }
  if (typeof token !== 'string') throw new NoAnswer(url, new Error('it gave no token; is that a gateway?'))
  return token
}

async function send(url: string, { flags }: Arguments, token: string): Promise<Response> {
  const body = bodyOf(flags.get('data')?.at(-1))
  const method = flags.get('request')?.at(-1) ?? (body === undefined ? 'GET' : 'POST')
  // An answer to HEAD could hold no explanation.
  const isHead = method === 'HEAD'
  const headers = new Headers({ 'User-Agent': 'gatehouse-explain', 'Accept-Encoding': 'identity' })
  if (body !== undefined) headers.set('Content-Type', 'application/json')
  const target = reachable(new URL(url))
  if (target.host !== new URL(url).host) headers.set('Host', new URL(url).host)
  for (const [name, value] of (flags.get('header') ?? []).map(fieldOf)) headers.set(name, value)
  headers.set('X-Gatehouse-Explain', isHead ? `${token} HEAD` : token)
  try {
    return await fetch(target, {
      method: isHead ? 'POST' : method,
      headers,
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
      ...(body !== undefined && { body }),
    })
  } catch (error) {
    throw new NoAnswer(target.origin, error)
  }
}

/** Names below localhost are this machine, whatever its resolver knows. */
function reachable(url: URL): URL {
  const target = new URL(url)
  if (target.hostname.endsWith('.localhost')) target.hostname = 'localhost'
  return target
}

function fieldOf(text: string): [name: string, value: string] {
  const colon = text.indexOf(':')
  if (colon < 1) throw new UsageError(`--header: expected 'Name: value', found ${text}`)
  return [text.slice(0, colon), text.slice(colon + 1).trim()]
}

/** `@file` is what the file holds. */
function bodyOf(data: string | undefined): string | Uint8Array<ArrayBuffer> | undefined {
  if (data === undefined || !data.startsWith('@')) return data
  try {
    return new Uint8Array(readFileSync(data.slice(1)))
  } catch (error) {
    throw new UsageError(`${data.slice(1)}: cannot be read (${(error as { code?: string }).code})`)
  }
}
