import type { Callers } from '#companions/iam/callers.ts'
import { Address, DEFAULT_STAGE, parseAddress } from '#data-plane/address.ts'
import { compileDomain, type DomainPlan } from '#data-plane/domains/domain-plan.ts'
import { DomainTable } from '#data-plane/domains/domain-table.ts'
import type { Services } from '#data-plane/exchange.ts'
import { parseHost } from '#data-plane/host-name.ts'
import type { DataPlaneLimits } from '#data-plane/limits.ts'
import { originOf } from '#data-plane/origin.ts'
import { emptyBody } from '#http/body.ts'
import { BodyTooLarge } from '#http/errors.ts'
import { Headers } from '#http/headers.ts'
import type { HttpHandler } from '#http/message.ts'
import { ServerRequest } from '#http/server-request.ts'
import type { Key } from '#store/store.ts'
import type { AccessKeyPair } from '../credentials.ts'
import type { DomainRecords } from '../domain-records.ts'
import { jsonReply } from '../json-reply.ts'
import type { DeployedStage } from '../served-stages.ts'
import type { StageRecords } from '../stage-records.ts'
import { askedPlaces, type AskedPlace } from './asked-place.ts'
import { decide } from './decide.ts'
import { everybody, namedCaller } from './named-caller.ts'
import { ownerRefusal } from '../owner-signature.ts'
import { QuestionError, questionBytesMax, readQuestion, type Question } from './question.ts'
import type { AskedPrincipal, Verdict } from './verdict.ts'

export interface WhoCanOptions {
  readonly services: Services
  readonly limits: DataPlaneLimits
  readonly stages: StageRecords
  readonly domains: DomainRecords
  readonly callers: Callers
  /** Whose signature is asked for; nobody's where there are none. */
  readonly owners: readonly AccessKeyPair[]
  /** 12 digits; that names without an account are of. */
  readonly account: string
}

/** Users and roles that are looked at where nobody is named. */
export const principalsMax = 1000

/** Answers `POST /_gatehouse/who-can`: a `Question`, with its `Verdict`. No backend is called. */
export function createWhoCan(options: WhoCanOptions): HttpHandler {
  const { owners, account, services } = options
  return async (request) => {
    try {
      const body = await request.body.bytes(questionBytesMax)
      const refusal = ownerRefusal(request, body, owners, account, services.clock.now())
      if (refusal !== undefined) return jsonReply(403, { message: refusal })
      return jsonReply(200, await verdictOf(options, readQuestion(body)))
    } catch (error) {
      if (error instanceof QuestionError) return jsonReply(400, { message: error.message })
      if (!(error instanceof BodyTooLarge)) throw error
      return jsonReply(413, { message: `the body is longer than ${questionBytesMax} bytes` })
    }
  }
}

async function verdictOf(options: WhoCanOptions, question: Question): Promise<Verdict> {
  const { stages, callers, account, services, limits } = options
  const place = await placeOf(options, question)
  if (!(place.address instanceof Address)) return nobody(place.address)
  const { address, needs } = place
  const key = stageAt(await stages.all(), address)
  const stage = key && (await stages.read(key))
  if (stage === undefined) return nobody('no such stage of such an API is deployed')
  const asked = askedPlaceOf(stage, limits)
  const there = address.within(asked.plan.stage)
  const caller = question.as === undefined ? undefined : await namedCaller(question.as, account, callers)
  const verdict = await decide(services, asked, there, question, caller)
  const whole = { ...verdict, needs: [...verdict.needs, ...needs] }
  if (caller !== undefined || verdict.method?.authorizationType !== 'AWS_IAM') return whole
  const principals: AskedPrincipal[] = []
  for (const each of await everybody(stage.snapshot.account, callers, principalsMax)) {
    const { decision, reason } = await decide(services, asked, there, question, each)
    const { arn, roleArn = arn } = each.caller
    principals.push({ arn: roleArn, decision: decision === 'allow' ? 'allow' : 'deny', reason })
  }
  return { ...whole, principals }
}

/** The stage that the address names; else `$default`, where the API has it. */
function stageAt(keys: readonly Key[], address: Address): Key | undefined {
  const ofApi = keys.filter(({ parent }) => parent === address.apiId)
  return (
    ofApi.find(({ id }) => address.isFor(id)) ??
    ofApi.find(({ id }) => id === DEFAULT_STAGE && address.mayBeFor(id))
  )
}

function askedPlaceOf(stage: DeployedStage, limits: DataPlaneLimits): AskedPlace {
  switch (stage.protocol) {
    case 'REST':
      return askedPlaces.REST(stage, limits)
    case 'HTTP':
      return askedPlaces.HTTP(stage, limits)
    case 'WEBSOCKET':
      return askedPlaces.WEBSOCKET(stage, limits)
  }
}

/** Where a URL leads; else why nowhere. */
async function placeOf(
  { domains, services }: WhoCanOptions,
  { method, url, headers, from }: Question,
): Promise<{ readonly address: Address | string; readonly needs: readonly string[] }> {
  const target = url.pathname + url.search
  const peer = { address: from, secure: url.protocol === 'https:', serverName: url.hostname }
  const request = new ServerRequest(
    '1.1',
    method,
    target,
    new Headers([...headers]),
    url.host,
    emptyBody,
    peer,
  )
  const host = parseHost(url.host)
  const domain = host.apiId === undefined ? await domainOf(domains, host.key) : undefined
  if (domain === undefined) {
    const expected = `expected a custom domain name, or ${url.origin}/_aws/execute-api/{api}/{stage}/{path}`
    return { address: parseAddress(request, host) ?? `the URL is that of no API: ${expected}`, needs: [] }
  }
  if (domain.allowsIn?.(request, originOf(services, request, undefined)) === false) {
    return {
      address: 'the private domain name does not let the address in: its policy, or no VPC endpoint',
      needs: [],
    }
  }
  const found = domain.lead(request)
  if (found === undefined) return { address: 'nothing is mapped there', needs: [] }
  const { apiId, stage, basePathMatched, start } = found
  const address = new Address(apiId, host, target, start, { stage, basePathMatched, certificate: undefined })
  return { address, needs: domain.mutual ? [`a client certificate that ${domain.name} trusts`] : [] }
}

async function domainOf(records: DomainRecords, host: string): Promise<DomainPlan | undefined> {
  const table = new DomainTable()
  for (const key of await records.all()) {
    const deployed = await records.read(key)
    if (deployed !== undefined) table.put(compileDomain(deployed))
  }
  return table.find(host)
}

function nobody(reason: string): Verdict {
  const answer = { status: 403, type: 'FORBIDDEN', message: 'Forbidden' }
  return { decision: 'deny', reason, answer, caller: 'anonymous', needs: [], notes: [], policies: [] }
}
