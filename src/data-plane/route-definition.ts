import type { ClientTls } from '#http/client-tls.ts'
import type { TrafficSettings } from '#languages/traffic/settings.ts'
import type { Integration, Method, Resource, Stage } from '#model/rest-api.ts'
import type { TrafficRule } from '#model/traffic-rule.ts'
import type { RestApiSnapshot } from '#model/snapshot.ts'
import type { DataPlaneLimits } from './limits.ts'
import type { MethodLog } from './logs/method-log.ts'
import type { BinaryTest } from './media-type.ts'
import type { Step } from './plan.ts'

/** What a method's steps are compiled from, at deploy. */
export interface MethodDefinition {
  readonly snapshot: RestApiSnapshot
  readonly stage: Stage
  readonly resource: Resource
  readonly method: Method
  readonly stageVariables: Readonly<Record<string, string>>
  readonly limits: DataPlaneLimits
  /** What the operator says of traffic, beside what documents say: later ones before earlier ones. */
  readonly trafficRules?: readonly TrafficRule[] | undefined
  /** How requests go to the method's backend; undefined: as they come, one for each. */
  readonly traffic?: TrafficSettings | undefined
  /** VPC link → what else it is known by: its targets' ARNs, its name. */
  readonly vpcLinks?: Readonly<Record<string, readonly string[]>> | undefined
  /** What the stage shows HTTP backends of itself; one object, for connections are shared by it. */
  readonly clientTls?: ClientTls | undefined
  /** Whether a media type is one of the API's `binaryMediaTypes`. */
  readonly isBinary: BinaryTest
  /** Tells the owner what will not work as written. @param where below the method, such as `integration/uri` */
  readonly warn: (message: string, where?: string, place?: TextPlace) => void
  /** The same about the whole API: however many methods say it, it is told once. */
  readonly warnOfApi: (message: string) => void
}

/** A place in a text, from 1. */
export interface TextPlace {
  readonly line?: number | undefined
  readonly column?: number | undefined
}

export interface IntegrationDefinition extends MethodDefinition {
  readonly integration: Integration
  readonly timeoutMs: number
}

/** An integration, ready to run: what it contributes to the pipeline. */
export interface CompiledIntegration {
  /** Whether its steps read `exchange.body`; otherwise the request body is left to stream. */
  readonly readsBody: boolean
  readonly request?: Step | undefined
  readonly invoke: Step
  readonly response?: Step | undefined
  /** Whether its answers never have headers of CORS, which the gateway adds itself. */
  readonly leavesOutCors?: boolean | undefined
}

export interface RouteDefinition extends MethodDefinition {
  readonly compiledIntegration: CompiledIntegration
  /** Undefined: nothing is told. */
  readonly methodLog?: MethodLog | undefined
}

/** A part of a method that cannot work: the method answers 500 and nothing else of the API suffers. */
export class DefinitionError extends Error {
  /** Below the method. */
  readonly where: string | undefined
  readonly line: number | undefined
  readonly column: number | undefined
  /** What execution logs say in place of the message: AWS's words, where they are known. */
  readonly logged: string | undefined

  constructor(message: string, where?: string, place: TextPlace = {}, logged?: string) {
    super(message)
    this.name = 'DefinitionError'
    this.where = where
    this.line = place.line
    this.column = place.column
    this.logged = logged
  }
}
