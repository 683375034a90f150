import { expect, test } from 'bun:test'
import { silentLog } from '#base/log.ts'
import { cacheFlushId } from '#model/cache-flush.ts'
import { records } from '#model/records.ts'
import { openSqliteStore } from '#store/sqlite.ts'
import { account, now, region, type PlayedCall } from '../../../test/support/play-calls.ts'
import {
  playV2Calls,
  playV2CallsOn,
  withHttpApi,
  withWebSocketApi,
} from '../../../test/support/play-v2-calls.ts'

const bad = 'BadRequestException'
const missing = 'NotFoundException'
const api = { ApiId: '$api.ApiId' }
const one = { ...api, StageName: 'dev' }
const create = (more: object = {}, as = 'made'): PlayedCall => ({
  call: 'CreateStage',
  with: { ...one, ...more },
  as,
})
const update = (more: object): PlayedCall => ({ call: 'UpdateStage', with: { ...one, ...more } })
const route = (RouteKey: string, as = 'route'): PlayedCall => ({
  call: 'CreateRoute',
  with: { ...api, RouteKey },
  as,
})
const stage = {
  StageName: 'dev',
  CreatedDate: now,
  LastUpdatedDate: now,
  DefaultRouteSettings: { DetailedMetricsEnabled: false },
  RouteSettings: {},
  StageVariables: {},
  Tags: {},
}
const log = {
  DestinationArn: 'arn:aws:logs:us-east-1:111111111111:log-group:mine',
  Format: '$context.requestId',
}

const cases: Readonly<Record<string, readonly PlayedCall[]>> = {
  'a stage from creation to deletion': [
    ...withHttpApi,
    { ...create(), gives: stage },
    { call: 'GetStage', with: one, gives: stage },
    { call: 'GetStages', with: api, gives: { Items: [stage] } },
    { call: 'DeleteStage', with: one, gives: {} },
    { call: 'GetStage', with: one, fails: [missing, 'Invalid stage identifier specified dev'] },
    {
      call: 'GetStages',
      with: { ApiId: 'none' },
      fails: [missing, 'Invalid API identifier specified 111111111111:none'],
    },
  ],
  'what a stage is made with': [
    ...withHttpApi,
    route('GET /pets'),
    {
      ...create({
        Description: 'of developers',
        StageVariables: { backend: 'a.example', empty: '' },
        AccessLogSettings: log,
        DefaultRouteSettings: { ThrottlingBurstLimit: 5, ThrottlingRateLimit: 2.5 },
        RouteSettings: { 'GET /pets': { DetailedMetricsEnabled: true } },
        Tags: { team: 'a' },
      }),
      gives: {
        ...stage,
        Description: 'of developers',
        StageVariables: { backend: 'a.example' },
        AccessLogSettings: log,
        DefaultRouteSettings: {
          DetailedMetricsEnabled: false,
          ThrottlingBurstLimit: 5,
          ThrottlingRateLimit: 2.5,
        },
        RouteSettings: { 'GET /pets': { DetailedMetricsEnabled: true } },
        Tags: { team: 'a' },
      },
    },
  ],
  'what an update leaves out stays, maps by key': [
    ...withHttpApi,
    route('GET /a', 'a'),
    route('GET /b', 'b'),
    create({
      Description: 'd',
      StageVariables: { a: '1', b: '2' },
      RouteSettings: { 'GET /a': { ThrottlingBurstLimit: 1 } },
      AccessLogSettings: log,
    }),
    {
      ...update({ StageVariables: { b: '', c: '3' } }),
      has: { Description: 'd', StageVariables: { a: '1', c: '3' }, AccessLogSettings: log },
    },
    {
      ...update({
        RouteSettings: { 'GET /b': { ThrottlingBurstLimit: 2 } },
        DefaultRouteSettings: { ThrottlingRateLimit: 9 },
      }),
      has: {
        RouteSettings: { 'GET /a': { ThrottlingBurstLimit: 1 }, 'GET /b': { ThrottlingBurstLimit: 2 } },
        DefaultRouteSettings: { DetailedMetricsEnabled: false, ThrottlingRateLimit: 9 },
        StageVariables: { a: '1', c: '3' },
      },
    },
    { call: 'DeleteRouteSettings', with: { ...one, RouteKey: 'GET /a' }, gives: {} },
    {
      call: 'DeleteRouteSettings',
      with: { ...one, RouteKey: 'GET /a' },
      fails: [missing, 'Unable to find Route by key GET /a within the provided RouteSettings'],
    },
    { call: 'DeleteAccessLogSettings', with: one, gives: {} },
    { ...update({ AccessLogSettings: log }), has: { AccessLogSettings: log } },
    update({ AccessLogSettings: {} }),
    {
      ...update({ Description: '' }),
      gives: {
        ...stage,
        StageVariables: { a: '1', c: '3' },
        RouteSettings: { 'GET /b': { ThrottlingBurstLimit: 2 } },
        DefaultRouteSettings: { DetailedMetricsEnabled: false, ThrottlingRateLimit: 9 },
      },
    },
  ],
  'the stage at the root is of HTTP APIs': [
    ...withHttpApi,
    { ...create({ StageName: '$default' }), has: { StageName: '$default' } },
    ...withWebSocketApi,
    {
      ...create({ StageName: '$default' }),
      fails: [bad, 'Stage name only allows a-zA-Z0-9_-'],
    },
  ],
  'what is no stage': [
    ...withHttpApi,
    { ...create({ StageName: 'a b' }), fails: [bad, 'Stage name only allows a-zA-Z0-9_-'] },
    { ...create({ ApiId: 'none' }), fails: [missing, 'Invalid API identifier specified 111111111111:none'] },
    { ...create({ DeploymentId: 'none' }), fails: [bad, 'Invalid Deployment identifier specified none'] },
    {
      ...create({ RouteSettings: { 'GET /x': {} } }),
      fails: [missing, 'Unable to find Route by key GET /x within the provided RouteSettings'],
    },
    {
      ...create({ DefaultRouteSettings: { LoggingLevel: 'OFF' } }),
      fails: [bad, 'Execution logs are not supported on protocolType HTTP'],
    },
    {
      ...create({ DefaultRouteSettings: { ThrottlingRateLimit: -1 } }),
      fails: [bad, 'Invalid throttlingRateLimit specified: -1. Expected 0 or more'],
    },
    {
      ...create({ StageVariables: { 'a-b': 'x' } }),
      fails: [bad, 'Invalid stage variable name: a-b.  Please use names with only word characters.'],
    },
    {
      ...create({ AccessLogSettings: { ...log, Format: '$context.status' } }),
      fails: [bad, 'Access Log format must include either $context.requestId or $context.extendedRequestId'],
    },
    {
      ...create({ AccessLogSettings: { DestinationArn: 'mine' } }),
      fails: [bad, "Invalid ARN specified in the request. ARNs must start with 'arn:': mine"],
    },
    {
      ...create({ ClientCertificateId: 'c' }),
      fails: [bad, 'ClientCertificateId is not currently supported for HTTP APIs.'],
    },
    create(),
    { ...create(), fails: ['ConflictException', 'Stage already exists'] },
    { ...update({ StageName: 'other' }), fails: [missing, 'Invalid stage identifier specified other'] },
  ],
  'a stage of a WebSocket API has execution logs': [
    ...withWebSocketApi,
    {
      ...create({ DefaultRouteSettings: { LoggingLevel: 'INFO' } }),
      has: {
        DefaultRouteSettings: {
          DataTraceEnabled: false,
          DetailedMetricsEnabled: false,
          LoggingLevel: 'INFO',
        },
      },
    },
    { ...update({ ClientCertificateId: 'none' }), fails: [bad, 'Client certificate id does not exist'] },
  ],
  'pages of stages': [
    ...withHttpApi,
    ...['a', 'b', 'c'].map((StageName) => create({ StageName }, StageName)),
    {
      call: 'GetStages',
      with: { ...api, MaxResults: '2' },
      as: 'first',
      has: { Items: [{ StageName: 'a' }, { StageName: 'b' }] },
    },
    {
      call: 'GetStages',
      with: { ...api, MaxResults: '2', NextToken: '$first.NextToken' },
      gives: { Items: [{ ...stage, StageName: 'c' }] },
    },
  ],
}

for (const [title, calls] of Object.entries(cases)) test(title, () => playV2Calls(calls))

test('emptying the cache of authorizers is told, and goes with the stage', async () => {
  const store = openSqliteStore({ path: ':memory:', log: silentLog })
  try {
    const flushed: string[] = []
    const stop = store.watch((changes) => {
      for (const { kind, key, operation } of changes) {
        if (kind === records.cacheFlush.name) flushed.push(`${operation} ${key.id}`)
      }
    })
    const id = cacheFlushId('dev', 'authorizers')
    await playV2CallsOn(store, [
      ...withHttpApi,
      create(),
      { call: 'ResetAuthorizersCache', with: one, gives: {} },
      {
        call: 'ResetAuthorizersCache',
        with: { ...api, StageName: 'none' },
        fails: [missing, 'Invalid stage identifier specified none'],
      },
      { call: 'DeleteStage', with: one },
    ])
    stop()
    expect(flushed).toEqual([`write ${id}`, `delete ${id}`])
    expect(await store.list(records.cacheFlush, { account, region, parent: '' })).toEqual([])
  } finally {
    await store.close()
  }
})
