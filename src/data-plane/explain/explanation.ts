import { compileTemplate } from '#languages/vtl/compile.ts'
import { parseTemplate } from '#languages/vtl/parse.ts'
import type { Scope } from '#languages/vtl/scope.ts'
import { Trace } from '#languages/vtl/trace.ts'
import type { Exchange } from '#data-plane/exchange.ts'
import type { GatewayError } from '#data-plane/gateway-error.ts'
import type { ApiPlan, RouteMatch, RoutePlan, Step } from '#data-plane/plan.ts'
import type { HttpReply, HttpRequest } from '#http/message.ts'
import { ExplanationLog } from './explanation-log.ts'
import { isSecretName, Redactor, shownPairs } from './redactor.ts'
import { shownHeaders, type ShownBody } from './shown.ts'
import { stepFacts, type Facts } from './step-facts.ts'

/** One step of a request's life. */
interface ToldStep {
  readonly step: string
  /** `failed`: with an error, which the gateway answers. */
  outcome: 'done' | 'failed'
  timeMs: number
  readonly input: Facts
  readonly decided: Record<string, unknown>
}

/**
 * Records one request's life, for its owner: what each step looked at, what it decided and why, and how long it took.
 * It is there for requests that are to be explained alone; no other pays for it. docs/explain.md has the form.
 */
export class Explanation {
  readonly #request: HttpRequest
  readonly #startedMs = performance.now()
  readonly #redactor = new Redactor()
  readonly #log: ExplanationLog = new ExplanationLog(this)
  readonly #steps: ToldStep[] = []
  #api: unknown
  #routing: unknown
  #exchange: Exchange | undefined
  #error: GatewayError | undefined
  #notRun: readonly string[] = []
  /** The one that runs: what is told while none does is of the answer. */
  #step: ToldStep | undefined
  readonly #answering: Record<string, unknown> = {}

  constructor(request: HttpRequest) {
    this.#request = request
    this.#redactor.addSecretsOf(request.headers.raw)
    const { target } = request
    const query = target.includes('?') ? target.slice(target.indexOf('?') + 1) : ''
    for (const [name, value] of new URLSearchParams(query)) if (isSecretName(name)) this.hide(value)
    // And as it was sent.
    for (const [, name = '', value = ''] of query.matchAll(/([^&=]+)=([^&]*)/g)) {
      if (isSecretName(name)) this.hide(value)
    }
  }

  /** A text that nobody may be shown. */
  hide(secret: string): void {
    this.#redactor.add(secret)
  }

  /** The same of the secrets among names and values. */
  hideSecretsOf(list: readonly string[]): void {
    this.#redactor.addSecretsOf(list)
  }

  /** Tells something of the step that runs: JSON, or a function that gives it once the answer is made. */
  tell(name: string, value: unknown): void {
    const decided = this.#step?.decided ?? this.#answering
    // A step may do a thing twice: ask its authorizer and its backend, or render two templates.
    decided[name in decided ? `${name} ${Object.keys(decided).length}` : name] = value
  }

  /** @param stages of the API that are served here */
  planned(found: ApiPlan | undefined, chosen: ApiPlan | undefined, stages: readonly string[]): void {
    if (chosen === undefined) {
      this.#api = {
        message: `no such stage of such an API is served here; stages of the API: ${stages.join(', ') || 'none'}`,
      }
      return
    }
    const { apiId, stage, deploymentId, endpointDisabled } = chosen
    const canary = found?.canary && {
      percentTraffic: found.canary.percentTraffic,
      chosen: chosen !== found,
    }
    const message = endpointDisabled
      ? 'the API is reached by custom domain names alone (disableExecuteApiEndpoint)'
      : undefined
    this.#api = { id: apiId, stage, deploymentId, canary, message }
  }

  began(exchange: Exchange, match: RouteMatch | undefined): void {
    const { method, address, plan } = exchange
    this.#exchange = exchange
    exchange.explanation = this
    exchange.executionLog = this.#log
    for (const [at, value] of (match?.pathValues ?? []).entries()) {
      if (isSecretName(match?.route.pathParameterNames[at] ?? '')) this.hide(value)
    }
    const { message, considered } = plan.kind.explainRouting(plan.resources, method, address.path)
    this.#routing = {
      domainName: address.domainName,
      path: address.path,
      method,
      overridden: method === this.#request.method ? undefined : 'by X-HTTP-Method-Override',
      resource: match?.route.resourcePath,
      routeKey: match?.route.routeKey,
      httpMethod: match?.route.httpMethod,
      pathParameters:
        match &&
        Object.fromEntries(match.pathValues.map((value, at) => [match.route.pathParameterNames[at], value])),
      message,
      considered,
    }
  }

  /** The steps of a route, each of which tells what it does. */
  watched({ steps, stepNames }: RoutePlan): readonly Step[] {
    this.#notRun = stepNames
    return steps.map((step, at) => (exchange) => this.run(stepNames[at] as string, step, exchange))
  }

  /** Renders a mapping template that says of each line what it wrote. */
  render(text: string, where: string, scope: Scope): string {
    const trace = new Trace()
    this.tell('template', () => ({ where, events: trace.events, dropped: trace.dropped }))
    return compileTemplate(parseTemplate(text).template, trace)(scope)
  }

  failed(error: GatewayError): void {
    this.#error = error
    this.#step = undefined
  }

  /** @param body of the request's own answer */
  document(reply: HttpReply, body: ShownBody): unknown {
    this.#redactor.addSecretsOf(reply.headers.raw)
    const { method, target, host, version, headers } = this.#request
    const ran = new Set(this.#steps.map(({ step }) => step))
    return this.#redactor.redacted({
      version: 1,
      request: {
        method,
        target: hiddenQuery(target),
        host,
        httpVersion: version,
        sourceIp: this.#exchange?.client.address ?? this.#request.peer.address,
        headers: shownHeaders(headers),
      },
      requestId: this.#exchange?.requestId,
      api: this.#api ?? {
        message:
          'no API was reached: expected /_aws/execute-api/{apiId}/{stage}/{path}, {apiId}.execute-api.{region}.… or a path that a custom domain name maps',
      },
      routing: this.#routing,
      steps: this.#steps,
      notRun: this.#notRun.filter((name) => !ran.has(name)),
      error: this.#error && { ...errorFacts(this.#error), ...this.#answering },
      answer: { status: reply.status, headers: shownHeaders(reply.headers), body },
      timeMs: since(this.#startedMs),
    })
  }

  /** Runs a step, and tells of it. */
  run(name: string, step: Step, exchange: Exchange): void | Promise<void> {
    const { input, output } = stepFacts[name] ?? {}
    const told: ToldStep = {
      step: name,
      outcome: 'done',
      timeMs: 0,
      input: input?.(exchange) ?? {},
      decided: {},
    }
    this.#steps.push(told)
    this.#step = told
    // What is explained is told here, and not in a log of the stage.
    exchange.executionLog = this.#log
    const startedMs = performance.now()
    const ended = (outcome: ToldStep['outcome']): void => {
      told.outcome = outcome
      told.timeMs = since(startedMs)
    }
    const done = (): void => {
      ended('done')
      Object.assign(told.decided, output?.(exchange))
    }
    try {
      const pending = step(exchange)
      if (pending === undefined) return done()
      return pending.then(done, (error: unknown) => {
        ended('failed')
        throw error
      })
    } catch (error) {
      ended('failed')
      throw error
    }
  }
}

function errorFacts({
  responseType,
  status,
  message,
  clientMessage,
  validationErrorString,
}: GatewayError): Facts {
  return { responseType, status, reason: message, clientMessage, validationErrorString }
}

/** Values of secret names are hidden even where they are short. */
function hiddenQuery(target: string): string {
  const mark = target.indexOf('?')
  if (mark === -1) return target
  const pairs = target
    .slice(mark + 1)
    .split('&')
    .map((pair) => {
      const equals = pair.indexOf('=')
      if (equals === -1) return pair
      const [[, value]] = shownPairs([pair.slice(0, equals), pair.slice(equals + 1)]) as [[string, string]]
      return `${pair.slice(0, equals)}=${value}`
    })
  return `${target.slice(0, mark)}?${pairs.join('&')}`
}

/** Milliseconds, to the microsecond. */
function since(startedMs: number): number {
  return Math.round((performance.now() - startedMs) * 1000) / 1000
}
