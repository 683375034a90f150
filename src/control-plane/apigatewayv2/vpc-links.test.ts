import { test } from 'bun:test'
import { playBoth } from '../../../test/support/play-both-versions.ts'
import { now, type PlayedCall } from '../../../test/support/play-calls.ts'

const bad = 'BadRequestException'
const create = (more: object = {}): PlayedCall => ({
  call: 'v2:CreateVpcLink',
  with: { Name: 'mine', SubnetIds: ['subnet-a', 'subnet-b'], SecurityGroupIds: ['sg-1'], ...more },
  as: 'made',
})
const shown = {
  VpcLinkId: '$made.VpcLinkId',
  Name: 'mine',
  SubnetIds: ['subnet-a', 'subnet-b'],
  SecurityGroupIds: ['sg-1'],
  CreatedDate: now,
  Tags: {},
  VpcLinkVersion: 'V2',
}
const available = { VpcLinkStatus: 'AVAILABLE', VpcLinkStatusMessage: 'VPC link is ready to route traffic' }
const one = { VpcLinkId: '$made.VpcLinkId' }

const cases: Readonly<Record<string, readonly PlayedCall[]>> = {
  'a link from creation to deletion': [
    create(),
    { call: 'v2:GetVpcLink', with: one, gives: { ...shown, ...available } },
    { call: 'v2:GetVpcLinks', gives: { Items: [{ ...shown, ...available }] } },
    {
      call: 'v2:UpdateVpcLink',
      with: { ...one, Name: 'ours' },
      gives: { ...shown, ...available, Name: 'ours' },
    },
    { call: 'v2:DeleteVpcLink', with: one, gives: {} },
    {
      call: 'v2:GetVpcLink',
      with: one,
      fails: ['NotFoundException', 'Invalid VpcLink identifier specified $made.VpcLinkId'],
    },
  ],
  'a link is pending when it is answered': [
    {
      ...create({ Tags: { team: 'a' } }),
      has: {
        VpcLinkStatus: 'PENDING',
        VpcLinkStatusMessage: 'VPC link is provisioning ENIs',
        Tags: { team: 'a' },
      },
    },
  ],
  'what is no link': [
    { ...create({ SubnetIds: [] }), fails: [bad, 'SubnetIds for a vpc link cannot be empty'] },
    {
      ...create({ SubnetIds: Array.from({ length: 11 }, (_, at) => `subnet-${at}`) }),
      fails: [bad, 'A vpc link has at most 10 subnets; found 11'],
    },
    { ...create({ Name: ' ' }), fails: [bad, 'Name cannot be empty'] },
    create(),
    { call: 'v2:UpdateVpcLink', with: { ...one, Name: '' }, fails: [bad, 'Name cannot be empty'] },
  ],
  'a link that routes go through stays': [
    create(),
    { call: 'v2:CreateApi', with: { Name: 'pets', ProtocolType: 'HTTP' }, as: 'api' },
    {
      call: 'v2:CreateIntegration',
      with: {
        ApiId: '$api.ApiId',
        IntegrationType: 'HTTP_PROXY',
        IntegrationMethod: 'ANY',
        IntegrationUri:
          'arn:aws:elasticloadbalancing:us-east-1:111111111111:listener/app/mine/50dc6c495c0c9188/0467ef3c8400ae65',
        ConnectionType: 'VPC_LINK',
        ConnectionId: '$made.VpcLinkId',
        PayloadFormatVersion: '1.0',
      },
      as: 'integration',
    },
    {
      call: 'v2:CreateRoute',
      with: {
        ApiId: '$api.ApiId',
        RouteKey: 'GET /pets',
        Target: 'integrations/$integration.IntegrationId',
      },
      as: 'route',
    },
    {
      call: 'v2:DeleteVpcLink',
      with: one,
      fails: [
        bad,
        "Cannot delete vpc link. Vpc link '$made.VpcLinkId', is referenced in [GET:$route.RouteId] in format of [Method:Resource].",
      ],
    },
    { call: 'v2:DeleteRoute', with: { ApiId: '$api.ApiId', RouteId: '$route.RouteId' } },
    { call: 'v2:DeleteVpcLink', with: one },
  ],
}

for (const [title, calls] of Object.entries(cases)) test(title, () => playBoth(calls))
