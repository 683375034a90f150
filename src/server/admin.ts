import type { CacheCounts } from '#data-plane/stage-cache/response-calls.ts'
import type { WebSocketTotals } from '#data-plane/websocket/websocket-counts.ts'
import type { HttpHandler, HttpReply, HttpRequest } from '#http/message.ts'
import type { StoreHealth } from '#store/store.ts'
import { jsonReply } from './json-reply.ts'
import type { StateHealth } from './state.ts'
import { version } from './version.ts'

/** Gatehouse's own few addresses beside AWS's. */
export interface Admin {
  /** From now on load balancers that ask are told to send nothing more. */
  retire(): void
  /** Undefined when the request is for none of them. */
  serve(request: HttpRequest): HttpReply | Promise<HttpReply> | undefined
}

export interface AdminOptions {
  /** Stages served at present. */
  readonly stageCount: () => number
  /** Processes that serve at present. */
  readonly workerCount: () => number
  /** Lines of logs that were lost since the start. */
  readonly lostLogLines: () => number
  /** Requests that were turned away for want of time since the start. */
  readonly turnedAway: () => number
  /** Of clients of WebSocket APIs, since the start. */
  readonly webSocketTotals: () => WebSocketTotals
  /** Of the stage cache, since the start. */
  readonly cacheCounts: () => CacheCounts
  readonly storeHealth: () => StoreHealth
  /** Of what nodes share; undefined where they share nothing. */
  readonly stateHealth: () => StateHealth | undefined
  readonly services: readonly string[]
  /** Why everything may not be forgotten; undefined when it may. */
  readonly resetRefusal: string | undefined
  readonly reset: () => Promise<void>
  /** Gives the owner a token with which requests are explained. */
  readonly explain: HttpHandler
  /** Says who may call what. */
  readonly whoCan: HttpHandler
}

type Answer = HttpHandler

/** By method and path; LocalStack's and moto's addresses are those that existing scripts wait for and reset by. */
export function createAdmin(options: AdminOptions): Admin {
  const {
    stageCount,
    workerCount,
    lostLogLines,
    turnedAway,
    webSocketTotals,
    cacheCounts,
    storeHealth,
    stateHealth,
    services,
    resetRefusal,
    reset,
    explain,
    whoCan,
  } = options
  let isRetiring = false
  const health: Answer = () =>
    jsonReply(200, {
      status: 'ok',
      version,
      stages: stageCount(),
      workers: workerCount(),
      lostLogLines: lostLogLines(),
      turnedAway: turnedAway(),
      webSockets: webSocketTotals(),
      stageCache: cacheCounts(),
      store: storeHealth(),
      state: stateHealth(),
      services,
    })
  // Not what it leans on: a database that is away for all nodes would leave none to serve what is deployed.
  const ready: Answer = () =>
    isRetiring ? jsonReply(503, { status: 'retiring' }) : jsonReply(200, { status: 'ready' })
  const live: Answer = () => jsonReply(200, { status: 'live' })
  const localstackHealth: Answer = () =>
    jsonReply(200, {
      services: Object.fromEntries(services.map((name) => [name, 'running'])),
      edition: 'gatehouse',
      version,
    })
  const resetAll: Answer = async () => {
    if (resetRefusal !== undefined) return jsonReply(403, { message: resetRefusal })
    await reset()
    return jsonReply(200, { status: 'ok' })
  }
  const answers: Readonly<Record<string, Answer>> = {
    'GET /_gatehouse/health': health,
    'HEAD /_gatehouse/health': health,
    'GET /_gatehouse/ready': ready,
    'HEAD /_gatehouse/ready': ready,
    'GET /_gatehouse/live': live,
    'HEAD /_gatehouse/live': live,
    'GET /_localstack/health': localstackHealth,
    'HEAD /_localstack/health': localstackHealth,
    'POST /_gatehouse/reset': resetAll,
    'POST /moto-api/reset': resetAll,
    'POST /_gatehouse/explain': explain,
    'POST /_gatehouse/who-can': whoCan,
  }
  return {
    retire() {
      isRetiring = true
    },
    serve(request) {
      const { method, target } = request
      const path = target.split('?', 1)[0] as string
      const answer = Object.hasOwn(answers, `${method} ${path}`) ? answers[`${method} ${path}`] : undefined
      if (answer !== undefined) return answer(request)
      if (!path.startsWith('/_gatehouse/')) return undefined
      return jsonReply(404, { message: `no ${method} ${path}; there are ${Object.keys(answers).join(', ')}` })
    },
  }
}

/**
 * Why everything may not be forgotten over HTTP; undefined when it may.
 * @param onOwnMachine it listens on loopback alone and has no credentials
 */
export function resetRefusal(dev: boolean, onOwnMachine: boolean): string | undefined {
  if (dev || onOwnMachine) return undefined
  return 'Reset is refused: credentials are configured. Start with --dev to allow it.'
}
