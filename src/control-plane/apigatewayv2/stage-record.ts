import type { ApiGatewayV2Operations, Stage as StageOutput } from '#aws/tables/apigatewayv2.ts'
import { checkLogFormat } from '#languages/log-format/check.ts'
import type { Api, ApiStage } from '#model/http-api.ts'
import { records } from '#model/records.ts'
import { checkedArn } from '../apigateway/arn.ts'
import { badRequest } from '../apigateway/errors.ts'
import { own } from '../apigateway/find.ts'
import { checkStageName, checkStageVariables } from '../apigateway/stage-record.ts'
import { findOfApi, type FindOfApi } from './find.ts'
import { givenText, merged, mergedMap } from './merge.ts'
import { changedSettings, defaultRouteSettings } from './route-settings.ts'
import { checkText } from './checks.ts'
import { capitalized } from './wire-names.ts'

type Operations = ApiGatewayV2Operations

/** What CreateStage and UpdateStage say of a stage. */
export type StageChanges = Omit<Operations['UpdateStage']['input'], 'ApiId' | 'StageName'>

const descriptionCharactersMax = 1024

export const findStage: FindOfApi<ApiStage> = findOfApi(records.apiStage, 'stage')

/** A stage that nothing is said of yet. @param now epoch milliseconds. @throws BadRequestException */
export function newStage(api: Api, stageName: string, now: number): ApiStage {
  // The stage at the root of the API's address (developer guide, "Working with stages for HTTP APIs").
  if (stageName !== '$default' || api.protocolType !== 'HTTP') checkStageName(stageName)
  return {
    stageName,
    autoDeploy: false,
    defaultRouteSettings: defaultRouteSettings[api.protocolType],
    routeSettings: {},
    createdDate: now,
    lastUpdatedDate: now,
  }
}

/**
 * A stage as a call wants it. What is left out stays; maps are merged by key, and an empty text takes a variable away
 * (as Terraform's provider does it). Whether what it names is there is not looked at.
 * @throws BadRequestException, LimitExceededException
 */
export function changedStage(api: Api, known: ApiStage, input: StageChanges): ApiStage {
  const { Description, ClientCertificateId, AutoDeploy, DefaultRouteSettings } = input
  checkText('description', Description, descriptionCharactersMax)
  if (api.protocolType === 'HTTP' && givenText(ClientCertificateId) !== undefined) {
    throw badRequest('ClientCertificateId is not currently supported for HTTP APIs.')
  }
  const stageVariables = mergedMap(known.stageVariables, input.StageVariables)
  checkStageVariables(stageVariables)
  const changed: ApiStage = {
    ...merged(known, { description: Description, clientCertificateId: ClientCertificateId }),
    autoDeploy: AutoDeploy ?? known.autoDeploy,
    accessLogSettings: changedLog(api, known.accessLogSettings, input.AccessLogSettings),
    defaultRouteSettings: changedSettings(api, known.defaultRouteSettings, DefaultRouteSettings ?? {}),
    routeSettings: {
      ...known.routeSettings,
      ...Object.fromEntries(
        Object.entries(input.RouteSettings ?? {}).map(([routeKey, settings]) => [
          routeKey,
          changedSettings(api, own(known.routeSettings, routeKey), settings),
        ]),
      ),
    },
    stageVariables,
  }
  const deploymentId = givenText(input.DeploymentId)
  return deploymentId === undefined ? changed : movedStage(changed, deploymentId)
}

/** As AWS says it: go-to-k/cdk-real-drift issue 667. @throws BadRequestException */
export function movedStage(stage: ApiStage, deploymentId: string): ApiStage {
  if (stage.autoDeploy) {
    throw badRequest('Deployment ID cannot be set on this stage because AutoDeploy is enabled')
  }
  return { ...stage, deploymentId, lastDeploymentStatusMessage: undefined }
}

/** Both at once: an empty structure ends the log, as Terraform's provider does it. */
function changedLog(
  { protocolType }: Api,
  known: ApiStage['accessLogSettings'],
  given: StageChanges['AccessLogSettings'],
): ApiStage['accessLogSettings'] {
  if (given === undefined) return known
  const destinationArn = givenText(given.DestinationArn)
  const format = givenText(given.Format)
  if (destinationArn === undefined && format === undefined) return undefined
  if (destinationArn !== undefined) checkedArn(destinationArn)
  const found = format === undefined ? [] : checkLogFormat(format, protocolType)
  const fault = found.find(({ severity }) => severity === 'error')
  if (fault !== undefined) throw badRequest(fault.message)
  return { destinationArn, format }
}

/** A stage as clients see it: maps and tags are there, empty or not (AWS CLI's examples). */
export function stageOutput(stage: ApiStage): StageOutput {
  const { autoDeploy, accessLogSettings, defaultRouteSettings: settings, routeSettings, ...shown } = stage
  return {
    ...capitalized(shown),
    AutoDeploy: autoDeploy ? true : undefined,
    AccessLogSettings: accessLogSettings && capitalized(accessLogSettings),
    DefaultRouteSettings: capitalized(settings),
    RouteSettings: Object.fromEntries(
      Object.entries(routeSettings).map(([routeKey, some]) => [routeKey, capitalized(some)]),
    ),
    StageVariables: stage.stageVariables ?? {},
    Tags: stage.tags ?? {},
  }
}
