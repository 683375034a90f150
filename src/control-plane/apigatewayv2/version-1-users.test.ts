import { test } from 'bun:test'
import { playBoth } from '../../../test/support/play-both-versions.ts'
import type { PlayedCall } from '../../../test/support/play-calls.ts'

// Stages of WebSocket APIs use what version 1 of the API has: usage plans and client certificates.

const bad = 'BadRequestException'
const chat = { ApiId: '$chat.ApiId' }
const withChat: readonly PlayedCall[] = [
  {
    call: 'v2:CreateApi',
    with: { Name: 'chat', ProtocolType: 'WEBSOCKET', RouteSelectionExpression: '$request.body.action' },
    as: 'chat',
  },
  { call: 'v2:CreateStage', with: { ...chat, StageName: 'dev' } },
  { call: 'v2:CreateStage', with: { ...chat, StageName: 'prod' } },
]
const [dev, prod] = [
  { apiId: '$chat.ApiId', stage: 'dev' },
  { apiId: '$chat.ApiId', stage: 'prod' },
]
const inPlan = (apiStages: readonly object[]): PlayedCall => ({
  call: 'GetUsagePlan',
  with: { usagePlanId: '$plan.id' },
  has: { apiStages },
})
const certificate = { clientCertificateId: '$certificate.clientCertificateId' }

const cases: Readonly<Record<string, readonly PlayedCall[]>> = {
  'a stage that is deleted, alone or with its API, leaves its usage plans': [
    ...withChat,
    { call: 'CreateUsagePlan', with: { name: 'gold', apiStages: [dev, prod] }, as: 'plan' },
    { call: 'v2:DeleteStage', with: { ...chat, StageName: 'dev' } },
    inPlan([prod]),
    { call: 'v2:DeleteApi', with: chat },
    inPlan([]),
    { call: 'DeleteUsagePlan', with: { usagePlanId: '$plan.id' }, gives: {} },
  ],
  'a client certificate that a stage shows stays': [
    ...withChat,
    { call: 'GenerateClientCertificate', with: {}, as: 'certificate' },
    {
      call: 'v2:UpdateStage',
      with: { ...chat, StageName: 'dev', ClientCertificateId: certificate.clientCertificateId },
    },
    {
      call: 'DeleteClientCertificate',
      with: certificate,
      fails: [
        bad,
        'Cannot delete Client Certificate $certificate.clientCertificateId because there are API Stages associated with it, including $chat.ApiId:dev',
      ],
    },
    { call: 'v2:DeleteStage', with: { ...chat, StageName: 'dev' } },
    { call: 'DeleteClientCertificate', with: certificate, gives: {} },
  ],
  'a VPC link that a deployed route goes through stays': [
    ...withChat,
    {
      call: 'CreateVpcLink',
      with: {
        name: 'inner',
        targetArns: ['arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/net/inner/1'],
      },
      as: 'link',
    },
    {
      call: 'v2:CreateIntegration',
      with: {
        ...chat,
        IntegrationType: 'HTTP_PROXY',
        IntegrationMethod: 'POST',
        IntegrationUri: 'http://inner.example/',
        ConnectionType: 'VPC_LINK',
        ConnectionId: '${stageVariables.link}',
      },
      as: 'integration',
    },
    {
      call: 'v2:CreateRoute',
      with: { ...chat, RouteKey: 'say', Target: 'integrations/$integration.IntegrationId' },
      as: 'route',
    },
    { call: 'v2:UpdateStage', with: { ...chat, StageName: 'dev', StageVariables: { link: '$link.id' } } },
    { call: 'v2:CreateDeployment', with: { ...chat, StageName: 'dev' } },
    {
      call: 'DeleteVpcLink',
      with: { vpcLinkId: '$link.id' },
      fails: [
        bad,
        "Cannot delete vpc link. Vpc link '$link.id', is referenced in [$chat.ApiId:say:$route.RouteId:dev] in format of [RESTApiId:Method:Resource:Stage].",
      ],
    },
    { call: 'v2:DeleteApi', with: chat },
    { call: 'DeleteVpcLink', with: { vpcLinkId: '$link.id' }, gives: {} },
  ],
}

for (const [title, calls] of Object.entries(cases)) test(title, () => playBoth(calls))
