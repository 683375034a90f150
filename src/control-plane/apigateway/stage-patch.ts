import type { AwsError } from '#aws/error.ts'
import { checkLogFormat } from '#languages/log-format/check.ts'
import { allMethods, methodSettingKey, shownMethodSettingKey } from '#model/method-settings.ts'
import type { Stage } from '#model/rest-api.ts'
import { checkedArn } from './arn.ts'
import { canaryRows, promotions } from './canary-settings.ts'
import { badRequest } from './errors.ts'
import { own } from './find.ts'
import { defaultMethodSetting, settingRows, type SettingRow } from './method-settings.ts'
import {
  patchBoolean,
  patchText,
  withEntry,
  withoutEntry,
  type PatchDialect,
  type PatchOperation,
  type PatchRow,
  type PatchTable,
} from './patch.ts'
import { checkStageVariable } from './stage-record.ts'

/** What UpdateStage answers to a path that it does not know: the list with its missing commas is AWS's. */
const stagePaths =
  '/deploymentId, /description, /cacheClusterEnabled, /cacheClusterSize, /clientCertificateId, /accessLogSettings, ' +
  '/accessLogSettings/destinationArn, /accessLogSettings/format, ' +
  settingPaths('/{resourcePath}/{httpMethod}', '', '') +
  ', ' +
  settingPaths('/*/*', ' ', ' ') +
  ', /variables/{variable_name}, /tracingEnabled'

function settingPaths(method: string, afterBurst: string, afterRate: string): string {
  const path = (setting: string) => `${method}/${setting}`
  const throttling =
    path('throttling/burstLimit') +
    afterBurst +
    path('throttling/rateLimit') +
    afterRate +
    path('caching/ttlInSeconds')
  return [
    path('metrics/enabled'),
    path('logging/dataTrace'),
    path('logging/loglevel'),
    throttling,
    path('caching/enabled'),
    path('caching/dataEncrypted'),
    path('caching/requireAuthorizationForCacheControl'),
    path('caching/unauthorizedCacheControlHeaderStrategy'),
  ].join(', ')
}

const accessLogPaths = '/accessLogSettings/destinationArn, /accessLogSettings/format'

const dialect: PatchDialect = { unknownPath: refusal, wrongOp: refusal }

function refusal({ op, path, from }: PatchOperation): AwsError {
  const given = path ?? ''
  if (op === 'copy') return invalidCopy(given, from)
  if (op === 'add' && given.startsWith('/canarySettings/')) {
    return badRequest(`Invalid add operation with path: ${given}`)
  }
  if (op === 'remove') return noMethodSetting(given)
  if (given.startsWith('/accessLogSettings')) {
    return badRequest(`Invalid accessLogSettings path. Must be one of : [${accessLogPaths}]`)
  }
  return badRequest(`Invalid method setting path: ${given}. Must be one of: [${stagePaths}]`)
}

function invalidCopy(path: string, from: string | undefined): AwsError {
  return badRequest(
    `Invalid copy operation with path: ${path} and from ${from ?? null}. Valid copy:path are [/deploymentId, /variables] and valid copy:from are [/canarySettings/deploymentId, /canarySettings/stageVariableOverrides]`,
  )
}

function promoted(stage: Stage, path: string, from: string | undefined): Stage {
  const promote = own(promotions, `${from} ${path}`)
  if (promote === undefined) throw invalidCopy(path, from)
  if (stage.canarySettings === undefined) {
    throw badRequest('Promotion not available. Canary does not exist.')
  }
  return promote(stage, stage.canarySettings)
}

/** The space at the end is AWS's. */
function noMethodSetting(path: string): AwsError {
  const setting = path.replace(/^\//, '')
  return badRequest(
    `Cannot remove method setting ${setting} because there is no method setting for this method `,
  )
}

export const patchableStage: PatchTable<Stage> = {
  dialect,
  rows: [
    {
      path: '/deploymentId',
      ops: ['replace', 'copy'],
      apply: (stage, { op, value = '', from }) =>
        op === 'copy' ? promoted(stage, '/deploymentId', from) : { ...stage, deploymentId: value },
    },
    {
      path: '/variables',
      ops: ['copy'],
      apply: (stage, { from }) => promoted(stage, '/variables', from),
    },
    text('description'),
    text('clientCertificateId'),
    text('documentationVersion'),
    {
      path: '/cacheClusterEnabled',
      ops: ['replace'],
      apply: (stage, { value }) => {
        const cacheClusterEnabled = patchBoolean(value)
        const cacheClusterSize = stage.cacheClusterSize ?? (cacheClusterEnabled ? '0.5' : undefined)
        return { ...stage, cacheClusterEnabled, cacheClusterSize }
      },
    },
    {
      path: '/cacheClusterSize',
      ops: ['replace'],
      apply: (stage, { value = '' }) => {
        const sizes = ['0.5', '1.6', '6.1', '13.5', '28.4', '58.2', '118', '237']
        if (!sizes.includes(value)) {
          throw badRequest(`Invalid cacheClusterSize specified. Valid options are ${sizes.join(',')}`)
        }
        return { ...stage, cacheClusterSize: value }
      },
    },
    {
      path: '/tracingEnabled',
      ops: ['replace'],
      apply: (stage, { value }) => ({ ...stage, tracingEnabled: patchBoolean(value) }),
    },
    {
      path: '/variables/{name}',
      ops: ['add', 'replace', 'remove'],
      apply: (stage, { op, value = '', names: [name = ''] }) => {
        if (op === 'remove') return { ...stage, variables: withoutEntry(stage.variables, name) }
        checkStageVariable(name, value)
        return { ...stage, variables: withEntry(stage.variables, name, value) }
      },
    },
    {
      path: '/accessLogSettings/destinationArn',
      ops: ['add', 'replace'],
      apply: (stage, { value }) => ({
        ...stage,
        accessLogSettings: { ...stage.accessLogSettings, destinationArn: checkedArn(logValue(value)) },
      }),
    },
    {
      path: '/accessLogSettings/format',
      ops: ['add', 'replace'],
      apply: (stage, { value }) => ({
        ...stage,
        accessLogSettings: { ...stage.accessLogSettings, format: logFormat(value) },
      }),
    },
    {
      path: '/accessLogSettings',
      ops: ['remove'],
      apply: (stage) => ({ ...stage, accessLogSettings: undefined }),
    },
    ...canaryRows,
    ...settingRows.map(methodSetting),
    {
      path: '/{resourcePath}/{httpMethod}',
      ops: ['remove'],
      apply: (stage, { names: [resourcePath = '', httpMethod = ''] }) => {
        const key = methodSettingKey(resourcePath, httpMethod)
        if (own(stage.methodSettings, key) === undefined) throw noMethodSetting(key)
        return { ...stage, methodSettings: withoutEntry(stage.methodSettings, key) ?? {} }
      },
    },
  ],
}

function text(member: 'description' | 'clientCertificateId' | 'documentationVersion'): PatchRow<Stage> {
  return {
    path: `/${member}`,
    ops: ['replace'],
    apply: (stage, { value }) => ({ ...stage, [member]: patchText(value) }),
  }
}

/** A method's first setting starts from those of all methods as they are then (recorded on AWS). */
function methodSetting({ path, read }: SettingRow): PatchRow<Stage> {
  return {
    path: `/{resourcePath}/{httpMethod}/${path}`,
    ops: ['add', 'replace'],
    apply: (stage, { value = '', names: [resourcePath = '', httpMethod = ''] }) => {
      const key = methodSettingKey(resourcePath, httpMethod)
      const known = stage.methodSettings
      const shownAs = shownMethodSettingKey(resourcePath, httpMethod)
      const from = own(known, key) ?? {
        ...(own(known, allMethods) ?? defaultMethodSetting),
        shownAs: shownAs === key ? undefined : shownAs,
      }
      return { ...stage, methodSettings: withEntry(known, key, { ...from, ...read(value) }) }
    },
  }
}

function logValue(value: string | undefined): string {
  if (value === undefined || value === '') throw badRequest('Access Log value must not be empty')
  return value
}

/** Errors refuse a format; what is only doubtful is kept, as AWS keeps it. */
function logFormat(value: string | undefined): string {
  const format = logValue(value)
  const error = checkLogFormat(format, 'REST').find(({ severity }) => severity === 'error')
  if (error !== undefined) throw badRequest(error.message)
  return format
}
