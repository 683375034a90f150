import type { Log } from '#base/log.ts'
import type { CallerSource, FunctionInvoker } from '#data-plane/ports.ts'
import type { HttpHandler } from '#http/message.ts'
import type { AuthorizerAnswer } from '#data-plane/authorizers/lambda-authorizer-answer.ts'
import type { UserPoolSource } from '#data-plane/tokens/token-issuers.ts'
import type { VerifiedToken } from '#data-plane/tokens/verify-token.ts'
import type { CacheCounts } from '#data-plane/stage-cache/response-calls.ts'
import type { WebSocketTotals } from '#data-plane/websocket/websocket-counts.ts'
import { MemoryAnswerCache } from '#store/answer-cache-memory.ts'
import { OwnTurns } from '#base/turns.ts'
import { MemoryCounters } from '#store/counters-memory.ts'
import type { UsageTable } from '#store/usage-table.ts'
import type { Config } from './config.ts'
import type { Deployments } from './deployments.ts'
import type { ExplainPass } from './explain/explain-pass.ts'
import { createFront } from './front.ts'
import { listen, type Listener } from './listen.ts'
import { createResponseCache } from './response-cache.ts'
import type { ServedStages } from './served-stages.ts'
import { createState, type StateHealth } from './state.ts'

/** Where clients come in. */
export interface Door {
  readonly stages: ServedStages
  /** What is known of who signs requests may be so no more. Settles when nobody acts on it any longer. */
  forgetCallers(): void | Promise<void>
  /** Lets requests that carry a token be explained, by whichever process serves them. */
  readonly allowExplain: (pass: ExplainPass) => void | Promise<void>
  /** Stages served at present. */
  readonly stageCount: () => number
  /** Processes that serve at present. */
  readonly workerCount: () => number
  /** Lines of logs that were lost since the start. */
  readonly lostLogLines: () => number
  /** Requests that were turned away for want of time since the start. */
  readonly turnedAway: () => number
  /** Of clients of WebSocket APIs, of all processes. */
  readonly webSocketTotals: () => WebSocketTotals
  /** Of the stage cache, since the start. */
  readonly cacheCounts: () => CacheCounts
  /** Of what nodes share; undefined where they share nothing. */
  readonly stateHealth: () => StateHealth | undefined
  /** Goes on serving, and has clients open no further requests on the connections that they have. */
  retire(): void | Promise<void>
  /**
   * Lets clients in. To be called once every stage was put.
   * @throws StartError
   */
  open(deployments: Deployments): Promise<OpenDoor>
  /** Lets nobody in, and resolves when requests under way are answered, or out of time. */
  stop(): Promise<void>
}

export interface OpenDoor {
  /** `http://localhost:4566` */
  readonly url: string
  readonly port: number
  /** `https://localhost:4567`; undefined where HTTPS is not served. */
  readonly httpsUrl: string | undefined
  /** Rejects when clients cannot be let in any more. */
  readonly failed: Promise<never>
}

/** What is behind the door. */
export interface Inside {
  readonly config: Config
  /** Answers what is for no API. */
  readonly office: HttpHandler
  readonly functions: FunctionInvoker
  readonly callers: CallerSource
  readonly userPools: UserPoolSource
  readonly usageTable: UsageTable
  readonly log: Log
}

/** This process serves. */
export function createDoor({ config, office, functions, callers, userPools, usageTable, log }: Inside): Door {
  const own = {
    counters: new MemoryCounters(),
    turns: new OwnTurns(),
    usageTable,
    authorizerAnswers: new MemoryAnswerCache<AuthorizerAnswer>(),
    responses: createResponseCache(config, 1),
  }
  const state = createState(own, config, { node: crypto.randomUUID(), processes: 1 }, log)
  const ports = {
    ...state.ports,
    functions,
    callers,
    userPools,
    verifiedTokens: new MemoryAnswerCache<VerifiedToken>(),
  }
  const anySignature = config.credentials.length === 0
  const front = createFront({ config, anySignature, ports, office, log, compilerLog: log })
  let listener: Listener | undefined
  return {
    stages: front.stages,
    forgetCallers: front.forgetCallers,
    allowExplain: front.allowExplain,
    stageCount: front.stageCount,
    workerCount: () => 1,
    lostLogLines: front.lostLogLines,
    turnedAway: front.turnedAway,
    webSocketTotals: front.webSocketTotals,
    cacheCounts: front.cacheCounts,
    stateHealth: state.health,
    retire: () => listener?.retire(),
    async open() {
      await state.ready
      await front.start()
      listener = listen(config, front, log)
      const { url, port, httpsUrl } = listener
      return { url, port, httpsUrl, failed: new Promise(() => {}) }
    },
    async stop() {
      await listener?.stop()
      await front.stop()
      await state.stop()
    },
  }
}
