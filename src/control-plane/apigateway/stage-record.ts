import type { ApiGatewayOperations } from '#aws/tables/apigateway.ts'
import type { CanarySettings, Stage } from '#model/rest-api.ts'
import { badRequest, limitExceeded } from './errors.ts'

/** Longest stage name (API reference, CreateStage). */
const stageNameCharactersMax = 128
/** Developer guide, "Quotas for configuring and running a REST API"; none can be raised. */
const variablesMax = 100
const variableNameCharactersMax = 64
const variableValueCharactersMax = 512
/** Size of a cache that is turned on without one. */
const cacheClusterSizeDefault = '0.5'

/** What a stage may be given when it is made. */
export interface StageInput {
  readonly description?: string | undefined
  readonly cacheClusterEnabled?: boolean | undefined
  readonly cacheClusterSize?: string | undefined
  readonly variables?: Readonly<Record<string, string>> | undefined
  readonly documentationVersion?: string | undefined
  readonly canarySettings?: CanarySettings | undefined
  readonly tracingEnabled?: boolean | undefined
  readonly tags?: Readonly<Record<string, string>> | undefined
}

/** @param createdDate epoch milliseconds */
export function newStage(
  stageName: string,
  deploymentId: string,
  createdDate: number,
  input: StageInput,
): Stage {
  const cacheClusterEnabled = input.cacheClusterEnabled ?? false
  return {
    stageName,
    deploymentId,
    description: input.description,
    variables: input.variables,
    methodSettings: {},
    cacheClusterEnabled,
    cacheClusterSize: input.cacheClusterSize ?? (cacheClusterEnabled ? cacheClusterSizeDefault : undefined),
    tracingEnabled: input.tracingEnabled ?? false,
    documentationVersion: input.documentationVersion,
    canarySettings: input.canarySettings,
    tags: input.tags,
    createdDate,
    lastUpdatedDate: createdDate,
  }
}

export type StageOutput = ApiGatewayOperations['GetStage']['output']

/** A stage as clients see it. */
export function stageOutput(stage: Stage): StageOutput {
  const { cacheClusterSize, cacheClusterEnabled, methodSettings, ...shown } = stage
  return {
    ...shown,
    cacheClusterEnabled,
    cacheClusterStatus: cacheClusterEnabled ? 'AVAILABLE' : 'NOT_AVAILABLE',
    // What the store holds went in through the same enumerations.
    cacheClusterSize: cacheClusterSize as StageOutput['cacheClusterSize'],
    methodSettings: Object.fromEntries(
      Object.entries(methodSettings).map(([key, { shownAs = key, ...setting }]) => [shownAs, setting]),
    ) as StageOutput['methodSettings'],
  }
}

/** @throws BadRequestException */
export function checkStageName(stageName: string): void {
  if (!/^[A-Za-z0-9_-]+$/.test(stageName)) throw badRequest('Stage name only allows a-zA-Z0-9_-')
  if (stageName.length > stageNameCharactersMax) {
    throw badRequest(`Stage name can be at most ${stageNameCharactersMax} characters`)
  }
}

/** @throws BadRequestException, LimitExceededException */
export function checkStageVariables(variables: Readonly<Record<string, string>> = {}): void {
  const named = Object.entries(variables)
  if (named.length > variablesMax) {
    throw limitExceeded(`A stage can have at most ${variablesMax} stage variables, found ${named.length}`)
  }
  for (const [name, value] of named) checkStageVariable(name, value)
}

/** @throws BadRequestException, worded and spaced as AWS does */
export function checkStageVariable(name: string, value: string): void {
  if (!/^\w+$/.test(name)) {
    throw badRequest(`Invalid stage variable name: ${name}.  Please use names with only word characters.`)
  }
  if (name.length > variableNameCharactersMax) {
    throw badRequest(
      `Invalid stage variable name: ${name}.  Names can be at most ${variableNameCharactersMax} characters.`,
    )
  }
  if (value.length > variableValueCharactersMax) {
    throw badRequest(
      `Invalid stage variable value of ${name}: found ${value.length} characters, expected at most ${variableValueCharactersMax}`,
    )
  }
  if (!/^[A-Za-z0-9 \-._~:/?#&=,]+$/.test(value)) {
    throw badRequest(
      `Invalid stage variable value: ${value}.  Please use values with alphanumeric characters and the symbols ' ', -', '.', '_', ':', '/', '?', '&', '=', and ','.`,
    )
  }
}
