import { test } from 'bun:test'
import { playBoth } from '../../../test/support/play-both-versions.ts'
import { account, region, withIntegration, type PlayedCall } from '../../../test/support/play-calls.ts'

const bad = 'BadRequestException'
const missing = 'NotFoundException'
const name = 'api.example.com'
const certificateArn = 'arn:aws:acm:us-east-1:111111111111:certificate/a'

/** A domain name, a REST API with a stage `prod`, HTTP and WebSocket APIs with a stage `dev`. */
const setting: readonly PlayedCall[] = [
  {
    call: 'v2:CreateDomainName',
    with: {
      DomainName: name,
      DomainNameConfigurations: [{ CertificateArn: certificateArn }],
      RoutingMode: 'ROUTING_RULE_ONLY',
    },
  },
  ...withIntegration,
  { call: 'CreateDeployment', with: { restApiId: '$api.id', stageName: 'prod' } },
  { call: 'v2:CreateApi', with: { Name: 'http', ProtocolType: 'HTTP' }, as: 'http' },
  { call: 'v2:CreateStage', with: { ApiId: '$http.ApiId', StageName: 'dev' } },
  {
    call: 'v2:CreateApi',
    with: { Name: 'chat', ProtocolType: 'WEBSOCKET', RouteSelectionExpression: '$request.body.action' },
    as: 'chat',
  },
  { call: 'v2:CreateStage', with: { ApiId: '$chat.ApiId', StageName: 'dev' } },
]
const lead = (ApiId: string, Stage: string, more: object = {}): object => ({
  InvokeApi: { ApiId, Stage, ...more },
})
const toRest = lead('$api.id', 'prod')
const basePath = (...AnyOf: readonly string[]): object => ({ MatchBasePaths: { AnyOf } })
const header = (Header: string, ValueGlob: string): object => ({
  MatchHeaders: { AnyOf: [{ Header, ValueGlob }] },
})
const rule = {
  DomainName: name,
  Priority: 50,
  Conditions: [basePath('pets')],
  Actions: [toRest],
}
const create = (more: object = {}, as = 'made'): PlayedCall => ({
  call: 'v2:CreateRoutingRule',
  with: { ...rule, ...more },
  as,
})
const one = { DomainName: name, RoutingRuleId: '$made.RoutingRuleId' }
const shown = {
  RoutingRuleId: '$made.RoutingRuleId',
  RoutingRuleArn: `arn:aws:apigateway:${region}:${account}:/domainnames/${name}/routingrules/$made.RoutingRuleId`,
  Priority: 50,
  Conditions: [basePath('pets')],
  Actions: [lead('$api.id', 'prod', { StripBasePath: false })],
}
const refused = (more: object, fault: string): PlayedCall => ({
  ...create(more),
  fails: [bad, `Invalid routing rule specified: ${fault}`],
})

const cases: Readonly<Record<string, readonly PlayedCall[]>> = {
  'a rule from creation to deletion': [
    ...setting,
    create(),
    { call: 'v2:GetRoutingRule', with: one, gives: shown },
    { call: 'v2:ListRoutingRules', with: { DomainName: name }, gives: { RoutingRules: [shown] } },
    { call: 'v2:DeleteRoutingRule', with: one, gives: {} },
    { call: 'v2:GetRoutingRule', with: one, fails: [missing, 'Invalid routing rule identifier specified'] },
  ],
  'a rule takes the place of another one whole': [
    ...setting,
    create(),
    {
      call: 'v2:PutRoutingRule',
      with: {
        ...one,
        Priority: 50,
        Conditions: [header('x-version', 'beta*')],
        Actions: [lead('$http.ApiId', 'dev', { StripBasePath: true })],
      },
      gives: {
        ...shown,
        Conditions: [header('x-version', 'beta*')],
        Actions: [lead('$http.ApiId', 'dev', { StripBasePath: true })],
      },
    },
    {
      call: 'v2:PutRoutingRule',
      with: { ...rule, RoutingRuleId: 'none' },
      fails: [missing, 'Invalid routing rule identifier specified'],
    },
  ],
  'a priority is one rule’s': [
    ...setting,
    create(),
    {
      ...create({}, 'again'),
      fails: ['ConflictException', 'Another routing rule of this domain name already has the priority 50'],
    },
    create({ Priority: 51, Conditions: [] }, 'second'),
    {
      call: 'v2:PutRoutingRule',
      with: { ...rule, RoutingRuleId: '$second.RoutingRuleId' },
      fails: ['ConflictException', 'Another routing rule of this domain name already has the priority 50'],
    },
  ],
  'what is no rule': [
    ...setting,
    refused({ Priority: 0 }, 'priority must be a whole number from 1 to 1000000; found 0'),
    refused({ Actions: [] }, 'a rule has one action; found 0'),
    refused({ Conditions: [basePath('a', 'b')] }, 'a rule looks at one base path; found 2'),
    refused({ Conditions: [header('Authorization', 'x')] }, 'rules cannot look at the header Authorization'),
    refused(
      { Conditions: [basePath('/a')] },
      'expected a base path such as orders/v1, at most 300 characters; found /a',
    ),
    refused({ Conditions: [{}] }, 'a condition has either matchBasePaths or matchHeaders'),
    refused(
      { Conditions: [{ ...basePath('a'), ...header('a', 'b') }] },
      'a condition has either matchBasePaths or matchHeaders',
    ),
  ],
  'what a rule leads to is there, and no WebSocket API': [
    ...setting,
    { ...create({ Actions: [lead('nothing', 'x')] }), fails: [bad, 'Invalid API identifier specified'] },
    { ...create({ Actions: [lead('$api.id', 'x')] }), fails: [bad, 'Invalid stage identifier specified'] },
    {
      ...create({ Actions: [lead('$chat.ApiId', 'dev')] }),
      fails: [bad, 'WebSocket APIs are not supported as target APIs for routing rules'],
    },
  ],
  'rules of a private domain name': [
    ...setting,
    {
      call: 'CreateDomainName',
      with: { domainName: name, certificateArn, endpointConfiguration: { types: ['PRIVATE'] } },
      as: 'private',
    },
    {
      ...create({ DomainNameId: '$private.domainNameId' }),
      has: {
        RoutingRuleArn: `arn:aws:apigateway:${region}:${account}:/domainnames/${name}+$private.domainNameId/routingrules/$made.RoutingRuleId`,
      },
    },
    { call: 'v2:ListRoutingRules', with: { DomainName: name }, gives: { RoutingRules: [] } },
    {
      call: 'v2:GetRoutingRule',
      with: { ...one, DomainNameId: '$private.domainNameId' },
      has: { Priority: 50 },
    },
  ],
}

for (const [title, calls] of Object.entries(cases)) test(title, () => playBoth(calls))

test('a domain name has room for so many rules', () =>
  playBoth(
    [
      ...setting,
      create(),
      {
        ...create({ Priority: 51 }, 'more'),
        fails: [
          'LimitExceededException',
          'Maximum number of Routing Rules for this domain name has been reached.  Please contact AWS if you need additional Routing Rules.',
        ],
      },
    ],
    { quotas: { routingRules: 1 } },
  ))
