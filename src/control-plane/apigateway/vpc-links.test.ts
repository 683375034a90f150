import { test } from 'bun:test'
import { playCalls, withMethod, type PlayedCall } from '../../../test/support/play-calls.ts'

const bad = 'BadRequestException'
const none: readonly [string, string] = ['NotFoundException', 'Invalid Vpc Link identifier specified']
const arn = 'arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/net/lb/50dc6c495c0c9188'
const link = { id: '$link.id', name: 'lb', targetArns: [arn] }
const ready = { ...link, status: 'AVAILABLE', statusMessage: 'Your vpc link is ready for use' }
const withLink: readonly PlayedCall[] = [
  {
    call: 'CreateVpcLink',
    with: { name: 'lb', targetArns: [arn] },
    as: 'link',
    gives: { ...link, status: 'PENDING' },
  },
]
const patch = (op: string, path: string, value?: string): Omit<PlayedCall, 'gives'> => ({
  call: 'UpdateVpcLink',
  with: { vpcLinkId: '$link.id', patchOperations: [{ op, path, value }] },
})
const create = (name: string, ...targetArns: readonly string[]): Omit<PlayedCall, 'gives'> => ({
  call: 'CreateVpcLink',
  with: { name, targetArns },
})
/** A deployed method that goes through a link. */
const through = (connectionId: string): readonly PlayedCall[] => [
  ...withMethod,
  {
    call: 'PutIntegration',
    with: {
      restApiId: '$api.id',
      resourceId: '$api.rootResourceId',
      httpMethod: 'GET',
      type: 'HTTP_PROXY',
      integrationHttpMethod: 'GET',
      uri: 'http://lb.example',
      connectionType: 'VPC_LINK',
      connectionId,
    },
  },
  {
    call: 'CreateDeployment',
    with: { restApiId: '$api.id', stageName: 'prod', variables: { link: '$link.id' } },
  },
]
const used: readonly PlayedCall[] = [
  {
    call: 'DeleteVpcLink',
    with: { vpcLinkId: '$link.id' },
    fails: [
      bad,
      "Cannot delete vpc link. Vpc link '$link.id', is referenced in [$api.id:GET:$api.rootResourceId:prod] in format of [RESTApiId:Method:Resource:Stage].",
    ],
  },
  { call: 'DeleteStage', with: { restApiId: '$api.id', stageName: 'prod' } },
  { call: 'DeleteVpcLink', with: { vpcLinkId: '$link.id' }, gives: {} },
]

const cases: Readonly<Record<string, readonly PlayedCall[]>> = {
  'a link from creation to deletion': [
    ...withLink,
    { call: 'GetVpcLink', with: { vpcLinkId: '$link.id' }, gives: { ...ready, tags: {} } },
    { call: 'GetVpcLinks', gives: { items: [ready] } },
    { ...patch('replace', '/name', 'other'), gives: { ...ready, name: 'other', tags: {} } },
    { ...patch('replace', '/description', 'd'), has: { description: 'd' } },
    { call: 'DeleteVpcLink', with: { vpcLinkId: '$link.id' }, gives: {} },
    { call: 'GetVpcLink', with: { vpcLinkId: '$link.id' }, fails: none },
    { call: 'DeleteVpcLink', with: { vpcLinkId: '$link.id' }, fails: none },
    { ...patch('replace', '/name', 'other'), fails: none },
  ],
  'a link to what is no network load balancer': [
    { ...create('x', 'arn:aws:s3:::bucket'), as: 'failed', has: { status: 'PENDING' } },
    {
      call: 'GetVpcLink',
      with: { vpcLinkId: '$failed.id' },
      has: { status: 'FAILED', statusMessage: 'NLB ARN is malformed' },
    },
  ],
  'links that are refused': [
    ...withLink,
    { ...create('', arn), fails: [bad, 'Name cannot be empty'] },
    { ...create('x', 'invalid-arn'), fails: [bad, 'Invalid ARN. ARN is not well formed invalid-arn'] },
    { ...create('x', arn, arn), fails: [bad, 'More than one target arn specified for vpc link.'] },
    { ...patch('replace', '/name', ''), fails: [bad, 'Name cannot be empty'] },
    {
      ...patch('replace', '/targetArns', arn),
      fails: [bad, 'Target arns are not allowed to be changed/added.'],
    },
    { ...patch('replace', '/x', ''), fails: [bad, 'Invalid patch path /x'] },
  ],
  'a link that a deployed method goes through stays': [...withLink, ...through('$link.id'), ...used],
  'a link that a stage variable names stays': [...withLink, ...through('${stageVariables.link}'), ...used],
}

for (const [name, calls] of Object.entries(cases)) test(name, () => playCalls(calls))
