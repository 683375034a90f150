import type { CacheCounts } from '#data-plane/stage-cache/response-calls.ts'
import type { WebSocketTotals } from '#data-plane/websocket/websocket-counts.ts'
import type { ServedUsagePlan } from '#data-plane/usage/usage-plan-table.ts'
import type { StageCache } from '#model/cache-flush.ts'
import type { Config } from '../config.ts'
import type { DeployedDomain } from '../served-domains.ts'
import type { ExplainPass } from '../explain/explain-pass.ts'
import type { NodeProcess, StateHealth } from '../state.ts'
import type { DeployedStage } from '../served-stages.ts'

/** What a worker is told over its IPC channel, in order; each order is answered by a `Report` of its number. */
export type Order = { readonly number: number } & (
  | { readonly kind: 'start'; readonly setup: WorkerSetup }
  | { readonly kind: 'put'; readonly deployed: DeployedStage }
  | { readonly kind: 'remove'; readonly apiId: string; readonly stageName: string }
  | {
      readonly kind: 'flush'
      readonly apiId: string
      readonly stageName: string
      readonly cache: StageCache
    }
  | { readonly kind: 'put-domain'; readonly deployed: DeployedDomain }
  | { readonly kind: 'remove-domain'; readonly id: string }
  | { readonly kind: 'put-usage-plan'; readonly plan: ServedUsagePlan }
  | { readonly kind: 'remove-usage-plan'; readonly plan: number }
  | { readonly kind: 'clear' }
  | { readonly kind: 'forget-callers' }
  | { readonly kind: 'explain'; readonly pass: ExplainPass }
  | { readonly kind: 'listen' }
  | { readonly kind: 'retire' }
  | { readonly kind: 'ping' }
  // Answered by its end.
  | { readonly kind: 'stop' }
)

/** An order was carried out, or why not. */
export interface Report {
  readonly number: number
  readonly failure?: string | undefined
  /** Lines of logs that the worker has lost since its start. */
  readonly lostLogLines: number
  /** Requests that it has turned away since its start. */
  readonly turnedAway: number
  /** Of clients of WebSocket APIs, since its start. */
  readonly webSocketTotals: WebSocketTotals
  /** Of its stage cache, since its start. */
  readonly cacheCounts: CacheCounts
  readonly stateHealth: StateHealth | undefined
}

export interface WorkerSetup extends NodeProcess {
  /** From 1. */
  readonly worker: number
  /** How far the supervisor's steady clock is ahead of the wall clock. */
  readonly steadyAheadMs: number
  /** With the ports that all workers share; without credentials: a worker asks who signs. */
  readonly config: Config
  /** Folder of the sockets that the supervisor listens on, of the counters and of usage. */
  readonly folder: string
  /**
   * With which answers are sealed that all workers keep together: 32 bytes in base64. Undefined: each keeps its own, or
   * what all nodes share has them.
   */
  readonly sealingKey: string | undefined
  /** Whether any signature is accepted: the configuration here has no credentials either way. */
  readonly anySignature: boolean
}

/** Where, within the folder, the supervisor answers what is for no API. */
export const officeSocket = 'office.sock'
/** Where, within the folder, the supervisor invokes functions. */
export const functionsSocket = 'functions.sock'
/** Where, within the folder, the supervisor says who is behind an access key. */
export const callersSocket = 'callers.sock'
/** Where, within the folder, the supervisor tells the keys of user pools. */
export const userPoolsSocket = 'user-pools.sock'
/** Where, within the folder, the supervisor knows which worker holds which WebSocket. */
export const connectionsSocket = 'connections.sock'
/** The counters that all workers share, within the folder. */
export const countersFile = 'counters'
/** Turns that requests of all workers have, within the folder. */
export const turnsFile = 'turns'
/** Keys of usage plans and what they have used, which all workers share, within the folder. */
export const usageFile = 'usage'
/** What each worker adds, when it starts, to see whether the counters are shared and exact. */
export const countersTries = 1000
